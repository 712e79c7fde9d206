import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openPrunableStores, openStores } from "./open-stores.ts";

const folder = mkdtempSync(join(tmpdir(), "golive-folder-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { signal } = new AbortController();
const namesOf = (env: Record<string, string>) => {
  const { all, primary } = openStores({ env, signal });
  expect(primary).toBe(all[0]);
  expect(openPrunableStores({ env, signal }).map(({ name }) => name)).toEqual(all.map(({ name }) => name));
  return all.map(({ name }) => name);
};

test("backups go to S3 unless told otherwise", () => {
  expect(namesOf({ S3_BUCKET: "abc" })).toEqual(["s3://abc"]);
});

test("a folder alone needs no bucket", () => {
  expect(namesOf({ BACKUP_STORES: "disk", BACKUP_FOLDER: folder })).toEqual([folder]);
});

test("of two stores, the first is read from", () => {
  const both = { BACKUP_FOLDER: folder, S3_BUCKET: "abc" };
  expect(namesOf({ ...both, BACKUP_STORES: "s3,disk" })).toEqual(["s3://abc", folder]);
  expect(namesOf({ ...both, BACKUP_STORES: "disk, s3" })).toEqual([folder, "s3://abc"]);
});

test.each([
  [{ BACKUP_STORES: "tape" }, /BACKUP_STORES.*s3, disk or s3,disk/],
  [{ BACKUP_STORES: "s3,s3", S3_BUCKET: "abc" }, /each kind once/],
  [{ BACKUP_STORES: "disk" }, /BACKUP_FOLDER is not set/],
  [{ BACKUP_STORES: "disk", BACKUP_FOLDER: "backups" }, /BACKUP_FOLDER=backups: an absolute path/],
  [{ BACKUP_STORES: "s3" }, /S3_BUCKET is not set/],
])("%j is refused", (env, message) => {
  expect(() => openStores({ env, signal })).toThrow(message);
});
