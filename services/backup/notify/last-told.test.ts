import { expect, test } from "vitest";
import { MemoryStore } from "../testing/memory-store.ts";
import { allTold, forgetTold, keepTold, lastTold, type Told } from "./last-told.ts";

const now = new Date("2026-11-25T05:00:00Z");
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
const told = (state: Told["state"], at = now): Told => ({
  version: 1,
  state,
  at: at.toISOString(),
  since: at.toISOString(),
  undelivered: [],
});

/** Kept so many days ago, by the store's clock too. */
async function keep(store: MemoryStore, database: string, days: number, state: Told["state"] = "failing") {
  store.now = () => ago(days);
  await keepTold(store, "backup", database, told(state, ago(days)), ago(days));
  store.now = () => now;
}

test("the last name counts, for each kind of run and each database alone, whatever a database is called", async () => {
  const store = new MemoryStore();
  const odd = "../a b/é\u0000";
  for (const database of ["app", "app_test", odd]) await keep(store, database, 2);
  await keep(store, "app", 1, "well");
  await keepTold(store, "drill", "app", told("anomalous"), now);
  expect(await lastTold(store, "backup", "app")).toMatchObject({ state: "well", named: ago(1) });
  expect((await allTold(store)).map(({ run, database, state }) => [run, database, state]).sort()).toEqual([
    ["backup", odd, "failing"],
    ["backup", "app", "well"],
    ["backup", "app_test", "failing"],
    ["drill", "app", "anomalous"],
  ]);
  expect(await lastTold(store, "prune", "app")).toBeUndefined();
});

test("what is no word of ours is passed over", async () => {
  const store = new MemoryStore();
  await store.putNew("notifications/backup/app/20991125T020013123Z-3f9c1a.json", Buffer.from("{}"));
  await store.putNew("notifications/backup/%ZZ/20991125T020013123Z-3f9c1a.json", Buffer.from("{}"));
  await store.putNew(
    "notifications/else/app/20991125T020013123Z-3f9c1a.json",
    Buffer.from(JSON.stringify(told("well"))),
  );
  expect(await allTold(store)).toEqual([]);
});

test("old words go, but the last one on anything stays, and what a lock keeps is left for later", async () => {
  const store = new MemoryStore();
  for (const days of [400, 300, 95, 89]) await keep(store, "app", days);
  await keep(store, "quiet", 400);
  await store.putNew("notifications/README", Buffer.from("not ours"));
  store.modified.set("notifications/README", ago(900));
  const [locked = ""] = [...store.objects.keys()];
  store.locks.set(locked, ago(-1));
  expect(await forgetTold(store, now)).toBe(2);
  expect(await forgetTold(store, now)).toBe(0);
  store.locks.clear();
  expect(await forgetTold(store, now)).toBe(1);
  expect([...store.objects.keys()].length).toBe(3);
  expect([await lastTold(store, "backup", "app"), await lastTold(store, "backup", "quiet")]).toMatchObject([
    { named: ago(89) },
    { named: ago(400) },
  ]);
});
