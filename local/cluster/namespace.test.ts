import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { enter, mountScript } from "./namespace.ts";

test("the mount script is a shell script, whatever the folder is called", () => {
  const script = mountScript("/srv/it's a folder/$HOME", { etcd: "/opt/tools with blanks/etcd" });
  expect(() => execFileSync("sh", ["-n", "-c", script])).not.toThrow();
  expect(script).toContain(`cd '/srv/it'\\''s a folder/$HOME'`);
  expect(script).toContain("mount -n --bind '/opt/tools with blanks/etcd' ns/tools/etcd");
  // Nothing may be mounted before the world's own /run exists, and nothing of the host's settings may be written.
  expect(script).not.toMatch(/> \/proc\/sys/);
});

test("programs enter all three namespaces", () => {
  expect(enter(42, ["true"])).toEqual(["nsenter", ["--target", "42", "--net", "--mount", "--pid", "--", "true"]]);
});
