import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive, lockStack, startOf } from "./lock.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "golive-lock-"));
  path = join(folder, "locks/stack-local");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const now = new Date("2026-11-25T12:00:00Z");

test("is taken, refused to others, and free again; nothing is left lying about", () => {
  const lock = lockStack(path, "up", now);
  expect(() => lockStack(path, "destroy", now)).toThrow(
    `golive up runs already (pid ${process.pid}, since 2026-11-25T12:00:00.000Z)`,
  );
  lock.release();
  lockStack(path, "destroy", now).release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("of a process that was killed is inherited, with the child that it had", () => {
  const dead = spawnSync("true").pid;
  const lock = lockStack(path, "up", now);
  writeFileSync(path, JSON.stringify({ pid: dead, started: "1", verb: "up", since: "then", child: 77 }));
  const heir = lockStack(path, "preview", now);
  expect(heir.inherited).toEqual({ pid: dead, started: "1", verb: "up", since: "then", child: 77 });
  lock.release();
  heir.release();
});

test("of a pid that is somebody else's by now is inherited", () => {
  lockStack(path, "up", now);
  writeFileSync(path, JSON.stringify({ pid: process.ppid, started: "1", verb: "up", since: "then" }));
  expect(lockStack(path, "up", now).inherited?.pid).toBe(process.ppid);
});

test("that is not readable is nobody's", () => {
  lockStack(path, "up", now);
  writeFileSync(path, "{");
  lockStack(path, "up", now).release();
});

test("holds the pid of a running pulumi, and forgets it", () => {
  const lock = lockStack(path, "up", now);
  lock.note(4711);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, child: 4711 });
  lock.note(undefined);
  expect(JSON.parse(readFileSync(path, "utf8"))).not.toHaveProperty("child");
});

test("release does not take away a lock that is somebody else's", () => {
  const lock = lockStack(path, "up", now);
  writeFileSync(path, JSON.stringify({ pid: process.ppid, started: startOf(process.ppid), verb: "up", since: "then" }));
  lock.release();
  expect(readFileSync(path, "utf8")).toContain(String(process.ppid));
});

test("a process is alive only with the start time that it had", () => {
  expect(isAlive({ pid: process.pid, started: startOf(process.pid) })).toBe(true);
  expect(isAlive({ pid: process.pid, started: "1" })).toBe(false);
});
