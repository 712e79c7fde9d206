import { expect, test } from "vitest";
import { seal } from "../signing/envelope.ts";
import { strangerSigner, testKeys } from "../testing/test-world.ts";
import { parseKey } from "./keys.ts";
import { manifestType } from "./manifest.ts";
import { type BackupRecord, newRecordId, readRecord, recordType, writeRecord } from "./records.ts";

const { signer, trusted } = testKeys();
const of = { database: "app", id: "2026-11-24T020013Z-3f9c1a" };
const base = { version: 1 as const, ...of, at: "2026-11-25T03:00:00.123Z" };
const said = { reason: "case 7", by: "ops" };
const outcome = { outcome: "passed" as const, problem: null };
const records: readonly BackupRecord[] = [
  { ...base, kind: "verified", ...outcome, depth: "stored", bytes: 5, seconds: 0.1 },
  {
    ...{ ...base, kind: "drilled", ...outcome, blame: null, plane: "dump", tables: 1, rows: 2 },
    phases: { fetch: 1, restore: 2, compare: 3, total: 6 },
    invariants: [{ name: "orders have customers", passed: true, found: "0" }],
    serverVersion: "17.6",
  },
  { ...base, kind: "held", ...said },
  { ...base, kind: "released", ...said },
  { ...base, kind: "accepted", ...said },
  { ...base, kind: "reading", by: "drill", until: "2026-11-26T03:00:00.123Z" },
];

test.each(records)("a record of kind $kind comes back as it was written, from a key of its backup", (record) => {
  const { key, body } = writeRecord(record, signer);
  expect(parseKey(key)).toEqual({ ...of, kind: "record" });
  expect(readRecord(body, of, trusted)).toEqual(record);
});

test("ids of records sort by time, and two of one moment differ", () => {
  const at = new Date(base.at);
  expect(newRecordId(at)).toMatch(/^20261125T030000123Z-[0-9a-f]{6}$/);
  expect(newRecordId(new Date(at.getTime() + 1)) > newRecordId(at)).toBe(true);
  expect(newRecordId(at)).not.toBe(newRecordId(at));
});

const [record = base as never] = records;
const sealed = (value: unknown, by = signer, type = recordType) => seal(type, Buffer.from(JSON.stringify(value)), by);

test.each([
  ["signed by a stranger", () => writeRecord(record, strangerSigner()).body],
  ["not signed", () => Buffer.from(JSON.stringify(record))],
  ["a signed manifest", () => sealed(record, signer, manifestType)],
  ["of another backup", () => sealed({ ...record, id: "2026-11-23T020013Z-3f9c1a" })],
  ["of another database", () => sealed({ ...record, database: "app_test" })],
  ["of a kind that is not known yet", () => sealed({ ...base, kind: "copied" })],
  ["of a later version", () => sealed({ ...record, version: 2 })],
  ["no JSON", () => seal(recordType, Buffer.from("{"), signer)],
])("a record that is %s does not count, and breaks nothing", (_what, body) => {
  expect(readRecord(body(), of, trusted)).toBeUndefined();
});

test("nothing is signed that would not be read", () => {
  expect(() => writeRecord({ ...record, at: "yesterday" }, signer)).toThrow(/at/);
});
