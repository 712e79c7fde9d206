import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { compareVersions, findOnPath, versionIn } from "./on-path.ts";

const dir = mkdtempSync(join(tmpdir(), "golive path "));
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  ["v3.274.1\n", "3.274.1"],
  ["Client Version: v1.37.2\nKustomize Version: v5.7.1", "1.37.2"],
  ["promtool, version 3.16.0 (branch: , revision: )", "3.16.0"],
  ["no version here", undefined],
])("the version in %j is %s", (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test("versions are compared as numbers", () => {
  const part = fc.nat({ max: 400 });
  const version = fc.tuple(part, part, part);
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = compareVersions(a.join("."), b.join("."));
      const first = a.findIndex((value, i) => value !== b[i]);
      expect(Math.sign(order)).toBe(first === -1 ? 0 : Math.sign((a[first] ?? 0) - (b[first] ?? 0)));
    }),
  );
});

test("a program is found in a folder with a space, a file that cannot be run is passed over", () => {
  writeFileSync(join(dir, "tool"), "#!/bin/sh\n");
  expect(findOnPath("tool", `relative:${dir}`)).toBeUndefined();
  chmodSync(join(dir, "tool"), 0o755);
  expect(findOnPath("tool", `/nowhere:${dir}`)).toBe(join(dir, "tool"));
  expect(findOnPath("tool", "")).toBeUndefined();
});
