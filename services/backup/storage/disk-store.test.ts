import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keysOf } from "../testing/store-contract.ts";
import { diskStore } from "./disk-store.ts";
import type { PrunableStore } from "./object-store.ts";

let home: string;
let root: string;
let store: PrunableStore;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "golive-folder-"));
  root = join(home, "backups");
  mkdirSync(root);
  store = diskStore(root, new AbortController().signal);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const unfinished = async (prefix = "") => {
  const keys: string[] = [];
  for await (const { key } of store.unfinished(prefix)) keys.push(key);
  return keys;
};

test("files are their owner's alone, and so are their folders", async () => {
  await store.putNew("postgres/app/one/manifest.json", Buffer.from("{}"));
  expect(mode(join(root, "postgres/app/one/manifest.json"))).toBe("600");
  for (const folder of ["postgres", "postgres/app", "postgres/app/one"]) expect(mode(join(root, folder))).toBe("700");
});

test.each(["../out", "a/../../out", "/etc/out", "a//b", "a/./b", "", "a/", "a\0b", "a\\..\\b", ".."])(
  "%j is no key: nothing is written, read, looked at or removed outside",
  async (key) => {
    writeFileSync(join(home, "out"), "not ours");
    for (const call of [
      () => store.putNew(key, Buffer.from("x")),
      () => store.open(key),
      () => store.read(key),
      () => store.size(key),
      () => store.remove(key),
    ])
      await expect(call()).rejects.toMatchObject({ fault: "failed" });
    expect(readdirSync(home).sort()).toEqual(["backups", "out"]);
    expect(readdirSync(root)).toEqual([]);
    expect(existsSync("/etc/out")).toBe(false);
  },
);

test("a list cannot leave the folder", async () => {
  writeFileSync(join(home, "out"), "not ours");
  for (const prefix of ["../", "a/../../", "/etc/"])
    await expect(keysOf(store, prefix)).rejects.toMatchObject({ fault: "failed" });
});

test("a symbolic link leads nowhere, be it a folder or a file", async () => {
  const outside = join(home, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "a"), "not ours");
  symlinkSync(outside, join(root, "folder"));
  symlinkSync(join(outside, "a"), join(root, "file"));
  for (const call of [
    () => store.putNew("folder/b", Buffer.from("x")),
    () => store.read("folder/a"),
    () => store.remove("folder/a"),
    () => keysOf(store, "folder/"),
    () => store.read("file"),
  ])
    await expect(call()).rejects.toMatchObject({ fault: "failed" });
  expect(await keysOf(store, "")).toEqual([]);
  expect(await store.size("file")).toBeUndefined();
  await expect(store.putNew("file", Buffer.from("x"))).rejects.toMatchObject({ fault: "exists" });
  expect(readdirSync(outside)).toEqual(["a"]);
});

test("a folder that is not there is not made: it may be a disk that is not mounted", async () => {
  const none = diskStore(join(home, "none"), new AbortController().signal);
  await expect(none.reach()).rejects.toMatchObject({ fault: "no-bucket" });
  await expect(none.putNew("a", Buffer.from("x"))).rejects.toMatchObject({ fault: "no-bucket" });
  await expect(keysOf(none, "")).rejects.toMatchObject({ fault: "no-bucket" });
  expect(existsSync(join(home, "none"))).toBe(false);
});

test("the last object of a folder takes the folder with it, and never the root", async () => {
  await store.putNew("postgres/app/one/manifest.json", Buffer.from("{}"));
  await store.putNew("postgres/other", Buffer.from("{}"));
  await store.remove("postgres/app/one/manifest.json");
  expect(readdirSync(join(root, "postgres"))).toEqual(["other"]);
  await store.remove("postgres/other");
  expect(readdirSync(root)).toEqual([]);
});

test("files that are no objects are not listed", async () => {
  mkdirSync(join(root, "a"));
  execFileSync("mkfifo", [join(root, "a/pipe")]);
  await store.putNew("a/b", Buffer.from("x"));
  expect(await keysOf(store, "")).toEqual(["a/b"]);
});

/** Writes 1 MiB after the other, and says so, until it is killed. */
const writer = `
  import { diskStore } from ${JSON.stringify(fileURLToPath(new URL("./disk-store.ts", import.meta.url)))};
  const pending = await diskStore(process.argv[1], new AbortController().signal).open("postgres/app/one/dump");
  for (;;) {
    await pending.write(Buffer.alloc(1024 ** 2, 1));
    process.stdout.write(".");
  }
`;

test("a writer that is killed leaves an unfinished file and no object", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", writer, root]);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
  expect(await keysOf(store, "")).toEqual([]);
  expect(await unfinished("postgres/")).toEqual(["postgres/app/one/dump"]);
  for await (const { abort } of store.unfinished("")) await abort();
  expect(await unfinished()).toEqual([]);
  await store.putNew("postgres/app/one/dump", Buffer.from("the next"));
});

test("a commit that finds the name taken leaves what is there, and nothing of its own after it is given up", async () => {
  const pending = await store.open("a/b");
  await pending.write(Buffer.from("mine"));
  await store.putNew("a/b", Buffer.from("theirs"));
  await expect(pending.commit()).rejects.toMatchObject({ fault: "exists" });
  await pending.abort();
  expect(readdirSync(join(root, "a"))).toEqual(["b"]);
  await expect(pending.write(Buffer.from("more"))).rejects.toMatchObject({ fault: "failed" });
});

test("a key longer than the file system takes is a failure of that key alone", async () => {
  await expect(store.putNew(`a/${"x".repeat(300)}`, Buffer.from("x"))).rejects.toMatchObject({ fault: "failed" });
});

const canMount = spawnSync("unshare", ["--mount", "true"]).status === 0 && process.getuid?.() === 0;

test.skipIf(!canMount)("a disk that gets full is told as such, and keeps nothing of what did not fit", async () => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", root]);
  try {
    await store.putNew("small", Buffer.alloc(1024));
    const free = await store.freeBytes?.();
    expect(free).toBeGreaterThan(3e6);
    expect(free).toBeLessThan(4 * 1024 ** 2);
    const pending = await store.open("postgres/app/one/dump");
    const write = async () => {
      for (let written = 0; written < 8; written++) await pending.write(Buffer.alloc(1024 ** 2, 1));
      await pending.commit();
    };
    await expect(write()).rejects.toMatchObject({ fault: "full" });
    await pending.abort();
    expect(await unfinished()).toEqual([]);
    expect(await keysOf(store, "")).toEqual(["small"]);
    await store.putNew("next", Buffer.alloc(2 * 1024 ** 2));
  } finally {
    execFileSync("umount", [root]);
  }
});

test.skipIf(!canMount)("a disk that may only be read is told as such", async () => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", root]);
  try {
    await store.reach();
    await expect(store.putNew("a", Buffer.from("x"))).rejects.toMatchObject({ fault: "denied" });
  } finally {
    execFileSync("umount", [root]);
  }
});

test("a file that was made immutable is retained", async (context) => {
  await store.putNew("a/b", Buffer.from("kept"));
  if (spawnSync("chattr", ["+i", join(root, "a/b")]).status !== 0) return context.skip("no chattr on this file system");
  try {
    expect(await store.remove("a/b")).toBe("retained");
    expect(await keysOf(store, "")).toEqual(["a/b"]);
  } finally {
    execFileSync("chattr", ["-i", join(root, "a/b")]);
  }
});
