import { expect, test } from "vitest";
import { defaultPolicy } from "../retention/policy.ts";
import { StoreError } from "../storage/object-store.ts";
import { drilled, idAt, putBackup, verified } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { strangerSigner, testKeys } from "../testing/test-world.ts";
import { listDocument, listText } from "../verbs/list.ts";
import { eachStore } from "./each-store.ts";
import { overview } from "./overview.ts";

const { signer, trusted } = testKeys();
const hour = 3_600_000;
const now = new Date("2026-11-24T05:00:00Z");
const ago = (hours: number): Date => new Date(now.getTime() - hours * hour);
const named = (name: string): MemoryStore => {
  const store: MemoryStore = Object.assign(new MemoryStore(), { name });
  store.now = () => now;
  return store;
};
const rows = async (...stores: MemoryStore[]) => {
  const seen = await overview({ stores, trusted, policy: defaultPolicy, now: () => now });
  return seen.map(({ row }) => row);
};

async function two(): Promise<[MemoryStore, MemoryStore]> {
  const stores: [MemoryStore, MemoryStore] = [named("s3://backups"), named("/backups")];
  for (const store of stores) await putBackup(store, signer, { at: ago(3), rows: 1234 });
  const old = { at: ago(27), database: "x; touch $(id)" };
  await putBackup(stores[0], signer, old, [verified(old, ago(25)), drilled(old, ago(1))]);
  await putBackup(stores[0], strangerSigner(), { at: ago(50) });
  return stores;
}

test("a table: backups newest first, what does not count among them, and the store when there are several", async () => {
  const [first, second] = await two();
  // Manifests are of the size too, and have no fixed one.
  const sized = (await rows(first)).map((row) => ({ ...row, bytes: 5_000_000 }));
  expect(listText(sized, now)).toBe(
    [
      "ID                         AGE          SIZE  DATABASE           ROWS  PROVEN  DRILLED  HELD  LOCKED  PRUNE",
      `${idAt(ago(3))}  3 h        5.0 MB  app               1,234  -       -        -     -       keep`,
      `${idAt(ago(27))}  1 d        5.0 MB  "x; touch $(id)"    100  1 h     1 h      -     -       keep`,
      `${idAt(ago(50))}  untrusted  5.0 MB  app                   -  -       -        -     -       keep`,
      "",
      "2 backups; 1 more that do not count",
    ].join("\n"),
  );
  const both = listText(await rows(first, second), now).split("\n");
  expect(both[0]).toMatch(/PRUNE +STORE$/);
  expect(both.filter((line) => line.endsWith("  /backups"))).toHaveLength(1);
});

test("one document: what counts apart from what does not, and for each why pruning keeps it", async () => {
  const [first, second] = await two();
  const { backups, others } = listDocument(await rows(first, second));
  expect(backups.map(({ store, id, database }) => [store, id, database])).toEqual([
    ["s3://backups", idAt(ago(3)), "app"],
    ["s3://backups", idAt(ago(27)), "x; touch $(id)"],
    ["/backups", idAt(ago(3)), "app"],
  ]);
  expect(backups[1]).toMatchObject({ proven: ago(1).toISOString(), drilled: ago(1).toISOString(), rows: 100 });
  expect(others).toMatchObject([
    { state: "untrusted", prune: { keep: true, reasons: [expect.stringMatching(/not ours/)] } },
  ]);
});

test("a store that fails does not keep the others from their turn, and its error comes out", async () => {
  const done: string[] = [];
  const work = async (name: string) => {
    if (name === "b") throw new StoreError("unreachable", "the store went away");
    done.push(name);
  };
  await expect(eachStore(["a", "b", "c"], work)).rejects.toThrow("the store went away");
  expect(done).toEqual(["a", "c"]);
});
