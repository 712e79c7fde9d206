import { beforeEach, describe, expect, test } from "vitest";
import { readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { StoreError } from "../storage/object-store.ts";
import { idAt, putBackup } from "../testing/backups.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { strangerSigner, testKeys } from "../testing/test-world.ts";
import { say, type Word } from "./hold.ts";

const { signer, trusted } = testKeys();
const at = new Date("2026-11-24T02:00:00Z");
const id = idAt(at);
const ops = { reason: "case 7", by: "ops" };
let stores: [MemoryStore, MemoryStore];
let clock = at.getTime();

beforeEach(async () => {
  stores = [new MemoryStore(), new MemoryStore()];
  for (const store of stores) {
    store.now = () => {
      clock += 1000;
      return new Date(clock);
    };
    await putBackup(store, signer, { at, anomalies: ["rows −90 %"] });
  }
});
const tell = (word: Word, which: { id: string; database?: string } = { id }, words = ops) =>
  say({ stores, trusted, signer }, word, which, words);
const standing = async (store = stores[0]) => {
  const [entry] = await readCatalogue(store, { trusted, id });
  return standingOf(entry as NonNullable<typeof entry>);
};

test("hold and release, each said twice and written once, in every store", async () => {
  expect(await tell("held")).toMatchObject({ database: "app", written: ["memory", "memory"], already: [] });
  for (const store of stores) expect((await standing(store)).held?.reason).toBe("case 7");
  expect(await tell("held")).toMatchObject({ written: [], already: ["memory", "memory"] });
  expect(await tell("held", { id }, { ...ops, reason: "case 8" })).toMatchObject({ written: ["memory", "memory"] });
  expect((await standing()).held?.reason).toBe("case 8");
  expect(await tell("released")).toMatchObject({ written: ["memory", "memory"] });
  expect(await tell("released")).toMatchObject({ written: [], already: ["memory", "memory"] });
  expect((await standing()).held).toBeUndefined();
});

test("accept ends the anomalies and nothing else", async () => {
  await tell("held");
  expect((await standing()).anomalies).toEqual(["rows −90 %"]);
  await tell("accepted");
  expect(await standing()).toMatchObject({ anomalies: [], held: { reason: "case 7" } });
  expect(await tell("accepted")).toMatchObject({ written: [] });
});

test("a store that missed the word gets it when it is said again", async () => {
  const away = new FaultyStore(stores[1], { at: 2, error: new StoreError("unreachable", "the store went away") });
  await expect(say({ stores: [stores[0], away], trusted, signer }, "held", { id }, ops)).rejects.toThrow("went away");
  expect(away.hit).toBe(true);
  expect(await tell("held")).toMatchObject({ written: expect.arrayContaining(["memory"]) });
  for (const store of stores) expect((await standing(store)).held?.reason).toBe("case 7");
});

describe("fault 23: an id that two databases share", () => {
  beforeEach(() => putBackup(stores[0], signer, { at, database: "app_test" }));

  test("must be told which", async () => {
    await expect(tell("held")).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/"app".*"app_test"|"app_test".*"app"/),
    });
    expect(await tell("held", { id, database: "app_test" })).toMatchObject({
      database: "app_test",
      written: ["memory"],
    });
    expect(
      (await readCatalogue(stores[0], { trusted, database: "app" })).map((entry) => standingOf(entry).held),
    ).toEqual([undefined]);
  });
});

test("what is not there, or is signed by nobody we trust, gets no word", async () => {
  await expect(tell("held", { id: "2020-01-01T000000Z-000000" })).rejects.toMatchObject({ code: "BACKUP_NOT_FOUND" });
  const foreign = new Date("2026-11-23T02:00:00Z");
  await putBackup(stores[0], strangerSigner(), { at: foreign });
  await expect(tell("held", { id: idAt(foreign) })).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
});

test("a hold that a stranger signed, or one of another backup, holds nothing", async () => {
  await say({ stores: [stores[0]], trusted, signer: strangerSigner() }, "held", { id }, ops);
  expect((await standing()).held).toBeUndefined();
  const other = new Date("2026-11-22T02:00:00Z");
  await putBackup(stores[0], signer, { at: other });
  await tell("held", { id: idAt(other) });
  const record = [...stores[0].objects.keys()].find((key) => key.includes(idAt(other)) && key.includes("records"));
  await stores[0].putNew(
    (record as string).replace(idAt(other), id),
    stores[0].objects.get(record as string) as Buffer,
  );
  expect((await standing()).held).toBeUndefined();
});

test("what lost its dump can be held still", async () => {
  stores[0].objects.delete(keyOf({ database: "app", id }, "dump"));
  await tell("held");
  expect((await standing()).held?.reason).toBe("case 7");
});
