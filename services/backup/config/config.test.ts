import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readAccounts } from "./accounts.ts";
import { readLockConfig } from "./lock.ts";
import { readPostgresConfig } from "./postgres.ts";
import { readStoreConfig } from "./store.ts";

const home = mkdtempSync(join(tmpdir(), "golive-backup-config-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(home, name), content);
  return join(home, name);
};

test("a password file is taken as it is, but for the line end that editors add", () => {
  const env = { PGDATABASE: "app", PGUSER: "backup" };
  const password = ` p@:/?#[]&%$'"\\ é `;
  expect(readPostgresConfig({ ...env, PGPASSWORD_FILE: file("a", password) }).password).toBe(password);
  expect(readPostgresConfig({ ...env, PGPASSWORD_FILE: file("b", `${password}\n`) }).password).toBe(password);
  expect(readPostgresConfig({ ...env, PGPASSWORD: password }).password).toBe(password);
});

test("every fault is told at once, with the value given", () => {
  const read = () => readPostgresConfig({ PGPORT: "http", PGDATABASE: "", BACKUP_LOCK_WAIT_SECONDS: "0" });
  expect(read).toThrow(/PGPORT=http.*PGDATABASE is not set.*PGUSER is not set.*BACKUP_LOCK_WAIT_SECONDS=0/s);
});

test.each([
  [{ S3_BUCKET: "No" }, /S3_BUCKET=No: 3 to 63/],
  [{ S3_BUCKET: "abc", S3_ENDPOINT: "object-store:7070" }, /S3_ENDPOINT=object-store:7070/],
  [{ S3_BUCKET: "abc", S3_ACCESS_KEY_ID_FILE: "/x" }, /only one of/],
  [{ S3_BUCKET: "abc", S3_ACCESS_KEY_ID_FILE: "/none", S3_SECRET_ACCESS_KEY_FILE: "/none" }, /=\/none: ENOENT/],
])("%j is refused", (env, message) => {
  expect(() => readStoreConfig(env)).toThrow(message);
});

test("without keys of ours the machine's own are used", () => {
  expect(readStoreConfig({ S3_BUCKET: "abc", S3_ACCESS_KEY_ID_FILE: "" }).keys).toBeUndefined();
});

test("the bucket's lock is a day of GOVERNANCE unless told otherwise", () => {
  expect(readLockConfig({})).toEqual({ days: 1, mode: "GOVERNANCE" });
  expect(() => readLockConfig({ BACKUP_LOCK_DAYS: "0.5" })).toThrow(/BACKUP_LOCK_DAYS=0.5/);
});

test("accounts of a store come all three or not at all, each with an id of its own", () => {
  const keys = (name: string, id: string) => ({
    [`BACKUP_${name}_KEY_ID_FILE`]: file(`${name}-id`, `${id}\n`),
    [`BACKUP_${name}_SECRET_FILE`]: file(`${name}-secret`, "secret\n"),
  });
  const [writer, reader, pruner] = [keys("WRITER", "w"), keys("READER", "r"), keys("PRUNER", "p")];
  expect(readAccounts({}, "root")).toBeUndefined();
  expect(readAccounts({ ...writer, ...reader, ...pruner }, "root")).toMatchObject({
    writer: { id: "w", secret: "secret" },
    reader: { id: "r" },
    pruner: { id: "p" },
  });
  expect(() => readAccounts(writer, "root")).toThrow(/no keys for the reader and the pruner/);
  expect(() => readAccounts({ ...writer, ...reader, ...pruner }, "r")).toThrow(/two accounts have the id r/);
});

test("keys of a store are read again when asked: a secret that is renewed counts", () => {
  const env = {
    S3_BUCKET: "abc",
    S3_ACCESS_KEY_ID_FILE: file("s3-id", "one"),
    S3_SECRET_ACCESS_KEY_FILE: file("s3-key", "old"),
  };
  const { keys } = readStoreConfig(env);
  file("s3-key", "new");
  expect([keys?.secret, keys?.reread?.().secret]).toEqual(["old", "new"]);
});
