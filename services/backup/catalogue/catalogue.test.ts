import { beforeEach, describe, expect, test } from "vitest";
import { type BackupSketch, drilled, idAt, manifestOf, putBackup, verified } from "../testing/backups.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { strangerSigner, testKeys } from "../testing/test-world.ts";
import { type Entry, readCatalogue, standingOf } from "./catalogue.ts";
import { folderOf, keyOf } from "./keys.ts";
import { readManifest, writeManifest } from "./manifest.ts";
import { type BackupRecord, writeRecord } from "./records.ts";

const { signer, trusted } = testKeys();
const at = {
  old: new Date("2026-11-23T02:00:00Z"),
  cut: new Date("2026-11-23T12:00:00Z"),
  new: new Date("2026-11-24T02:00:00Z"),
};
const name = (of: keyof typeof at, database = "app") => ({ database, id: idAt(at[of]) });
const sketch = (of: keyof typeof at, more: Partial<BackupSketch> = {}): BackupSketch => ({ at: at[of], ...more });

let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore();
  await putBackup(store, signer, sketch("new"));
  await putBackup(store, signer, sketch("old"));
  await store.putNew(keyOf(name("cut"), "dump"), Buffer.from("PGD"));
  await store.putNew("postgres/app/notes.txt", Buffer.from("foreign"));
});
const read = (more: { database?: string; id?: string } = {}) => readCatalogue(store, { trusted, ...more });
const newest = async () => (await read())[0] as Entry;

test("newest first; what has no manifest is incomplete, and foreign files are not there", async () => {
  expect((await read()).map(({ id, state }) => [id, state])).toEqual([
    [name("new").id, "complete"],
    [name("cut").id, "incomplete"],
    [name("old").id, "complete"],
  ]);
});

test("a backup's keys come in the order of removal: dump, globals, manifest, records", async () => {
  const one = verified(sketch("new"), at.new);
  for (const record of [one, one]) {
    const { key, body } = writeRecord(record, signer);
    await store.putNew(key, body);
  }
  await store.putNew(keyOf(name("new"), "globals"), Buffer.from("roles"));
  const short = (await newest()).keys.map((key) => key.slice(folderOf(name("new")).length).replace(/\/.*/, ""));
  expect(short).toEqual(["database.dump.zst.age", "globals.sql.zst.age", "manifest.json", "records", "records"]);
});

test.each([
  ["its dump is gone", () => store.objects.delete(keyOf(name("new"), "dump"))],
  [
    "its dump has 3 bytes, the manifest says 4",
    () => store.objects.set(keyOf(name("new"), "dump"), Buffer.from("PGD")),
  ],
  [
    `its manifest is that of app ${name("old").id}`,
    () => store.objects.set(keyOf(name("new"), "manifest"), writeManifest(manifestOf(sketch("old")), signer)),
  ],
  [
    `its manifest is that of other ${name("new").id}`,
    () =>
      store.objects.set(
        keyOf(name("new"), "manifest"),
        writeManifest(manifestOf(sketch("new", { database: "other" })), signer),
      ),
  ],
  [
    `its manifest speaks of ${keyOf(name("old"), "dump")}`,
    () => {
      const manifest = manifestOf(sketch("new"));
      const wrong = { ...manifest, dump: { ...manifest.dump, key: keyOf(name("old"), "dump") } };
      store.objects.set(keyOf(name("new"), "manifest"), writeManifest(wrong, signer));
    },
  ],
])("a backup is damaged when %s", async (problem, damage) => {
  damage();
  expect(await newest()).toMatchObject({ id: name("new").id, state: "damaged", problem });
});

test.each([
  ["a stranger signed", () => writeManifest(manifestOf(sketch("new")), strangerSigner()), /signed by unknown key/],
  ["nobody signed", () => Buffer.from(JSON.stringify(manifestOf(sketch("new")))), /not a signed document/],
  ["is no JSON", () => Buffer.from("{"), /not a signed document/],
])("fault 10: a backup whose manifest %s is untrusted", async (_what, body, problem) => {
  store.objects.set(keyOf(name("new"), "manifest"), body());
  expect(await newest()).toMatchObject({ state: "untrusted", problem: expect.stringMatching(problem) });
});

test("fault 23: a database and an id mean exactly those, and an id of two databases is two backups", async () => {
  await putBackup(store, signer, sketch("new", { database: "app_test" }));
  expect((await read({ id: name("new").id })).map(({ database }) => database).sort()).toEqual(["app", "app_test"]);
  expect((await read({ database: "app", id: name("new").id })).map(({ database }) => database)).toEqual(["app"]);
  expect(await read({ database: "ap" })).toEqual([]);
});

test("a manifest with fields of a later version is read, one of another format is not", () => {
  const later = { ...manifestOf(sketch("new")), addedLater: "x" };
  expect(readManifest(writeManifest(later, signer), trusted)).toMatchObject({ manifest: { id: name("new").id } });
  expect(() => writeManifest({ ...later, version: 2 as 1 }, signer)).toThrow(/version/);
});

describe("the ledger", () => {
  const day = (count: number) => new Date(at.new.getTime() + count * 86_400_000);
  const failedDrill = (blame: "backup" | "drill") =>
    drilled(sketch("new"), day(2), { outcome: "failed", blame, problem: "t has 1 row, not 2" });
  const said = (kind: "held" | "released" | "accepted", days: number): BackupRecord =>
    ({ version: 1, ...name("new"), kind, at: day(days).toISOString(), reason: "case 7", by: "ops" }) as BackupRecord;
  const pass = verified(sketch("new"), day(1));

  test.each([
    ["nothing", [], {}],
    ["a check that passed", [pass], { proven: day(1) }],
    ["a check that failed", [verified(sketch("new"), day(1), "sha256")], { failed: "sha256" }],
    ["a check that failed after one passed", [pass, verified(sketch("new"), day(2), "sha256")], { failed: "sha256" }],
    ["a drill", [pass, drilled(sketch("new"), day(2))], { proven: day(2), drilled: day(2) }],
    ["a red drill", [pass, failedDrill("backup")], { failed: "t has 1 row, not 2" }],
    [
      "a red drill, and the bytes read again since",
      [failedDrill("backup"), verified(sketch("new"), day(3))],
      { failed: "t has 1 row, not 2" },
    ],
    [
      "a red drill, and a green one since",
      [failedDrill("backup"), drilled(sketch("new"), day(3))],
      { proven: day(3), drilled: day(3) },
    ],
    ["a drill that broke by itself", [pass, failedDrill("drill")], { proven: day(1) }],
    ["a point-in-time drill, green or red", [drilled(sketch("new"), day(1), { plane: "point-in-time" })], {}],
    ["a hold", [said("held", 1)], { held: { reason: "case 7", since: day(1) } }],
    ["a hold that was released", [said("held", 1), said("released", 2)], {}],
    ["a hold after a release", [said("released", 1), said("held", 2)], { held: { reason: "case 7", since: day(2) } }],
  ] satisfies [string, BackupRecord[], Partial<ReturnType<typeof standingOf>>][])(
    "of %s",
    async (_what, records, standing) => {
      // Written in the wrong order: what counts is when they were said.
      for (const record of records.toReversed()) {
        const { key, body } = writeRecord(record, signer);
        await store.putNew(key, body);
      }
      const none = {
        proven: undefined,
        drilled: undefined,
        failed: undefined,
        held: undefined,
        anomalies: [],
        leased: undefined,
      };
      expect(standingOf(await newest())).toEqual({ ...none, ...standing });
    },
  );

  test("anomalies are there until a person accepts them", () => {
    const manifest = manifestOf(sketch("new", { anomalies: ["rows −90 %"] }));
    expect(standingOf({ manifest, records: [] }).anomalies).toEqual(["rows −90 %"]);
    expect(standingOf({ manifest, records: [said("accepted", 1)] }).anomalies).toEqual([]);
  });

  test("is read of what has no manifest any more, too", async () => {
    const { key, body } = writeRecord(said("held", 1), signer);
    await store.putNew(key, body);
    store.objects.delete(keyOf(name("new"), "manifest"));
    expect(standingOf(await newest()).held?.reason).toBe("case 7");
    store.objects.delete(keyOf(name("new"), "dump"));
    expect(await newest()).toMatchObject({ state: "incomplete", bytes: 0, keys: [key] });
  });
});

test("2,000 backups: one list, each manifest and record read once, sixteen at a time", async () => {
  const many = new MemoryStore();
  for (let hours = 0; hours < 2000; hours++) {
    const one = { at: new Date(at.new.getTime() - hours * 3_600_000) };
    await putBackup(many, signer, one, [verified(one, one.at)]);
  }
  const counting = new FaultyStore(many);
  let [now, most] = [0, 0];
  const inner = counting.read;
  counting.read = async (key) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    const stream = await inner(key);
    now--;
    return stream;
  };
  const before = process.cpuUsage();
  const entries = await readCatalogue(counting, { trusted });
  // Time of the processor, because the machine may be busy; most of it is 4,000 signatures.
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(20);
  expect(entries.every(({ state, records }) => state === "complete" && records.length === 1)).toBe(true);
  const calls = (call: string) => counting.calls.filter((one) => one === call).length;
  expect([entries.length, calls("list"), calls("read")]).toEqual([2000, 1, 4000]);
  expect(most).toBe(16);
}, 180_000);
