import { beforeEach, describe, expect, test } from "vitest";
import { type Entry, readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { type BackupRecord, writeRecord } from "../catalogue/records.ts";
import { defaultPolicy } from "../retention/policy.ts";
import { StoreError } from "../storage/object-store.ts";
import { type BackupSketch, idAt, putBackup, verified } from "../testing/backups.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { strangerSigner, testKeys } from "../testing/test-world.ts";
import { leaseBackup } from "./lease.ts";
import { type PruneOptions, type PruneWorld, prune } from "./prune.ts";

const { signer, trusted } = testKeys();
const day = 86_400_000;
const now = new Date("2026-11-25T03:00:00Z");
const ago = (days: number): Date => new Date(now.getTime() - days * day);
const nameOf = (days: number, database = "app") => ({ database, id: idAt(ago(days)) });

let store: MemoryStore;
let lines: string[];
beforeEach(() => {
  [store, lines] = [new MemoryStore(), []];
  store.now = () => now;
});

/** A backup with globals that is proven since the day of its making. */
async function put(days: number, more: Partial<BackupSketch> & { proven?: boolean } = {}): Promise<void> {
  const sketch = { at: ago(days), ...more };
  await putBackup(store, signer, sketch, more.proven === false ? [] : [verified(sketch, ago(days - 0.04))]);
  const globals = keyOf({ database: more.database ?? "app", id: idAt(sketch.at) }, "globals");
  await store.putNew(globals, Buffer.from("roles"));
  store.modified.set(globals, sketch.at);
}
const nightly = async (from: number, to: number, database = "app") => {
  for (let days = from; days <= to; days++) await put(days, { database });
};
const world = (more: Partial<PruneWorld> = {}): PruneWorld => ({
  store,
  trusted,
  policy: { ...defaultPolicy, weekly: 0, monthly: 0 },
  now: () => now,
  report: (line) => lines.push(line),
  signal: new AbortController().signal,
  ...more,
});
const run = (options: Partial<PruneOptions> = {}, more: Partial<PruneWorld> = {}) =>
  prune(world(more), { yes: true, ...options });
const catalogue = () => readCatalogue(store, { trusted });
const idsOf = (of: readonly { readonly id: string }[]) => of.map(({ id }) => id);
const say = async (record: Omit<BackupRecord, "version" | "at">) => {
  const { key, body } = writeRecord({ version: 1, at: now.toISOString(), ...record } as BackupRecord, signer);
  await store.putNew(key, body);
};

test("a dry run is the default of the code too: it tells, and changes nothing", async () => {
  await nightly(0, 33);
  await store.open(`postgres/app/${idAt(ago(5))}/database.dump.zst.age`);
  store.pending.set(`postgres/app/${idAt(ago(5))}/database.dump.zst.age`, ago(5));
  const before = new Map(store.objects);
  const report = await run({ yes: false });
  expect(idsOf(report.removed)).toEqual([33, 32, 31, 30].map((days) => nameOf(days).id));
  expect(report).toMatchObject({ dryRun: true, retained: [], spared: [], frozen: [], uploads: [expect.any(String)] });
  expect([store.objects, store.pending.size]).toEqual([before, 1]);
});

test("what no rule keeps goes whole, with its records; a second run has nothing to do", async () => {
  await nightly(0, 33);
  const first = await run();
  expect(idsOf(first.removed)).toEqual([33, 32, 31, 30].map((days) => nameOf(days).id));
  expect(idsOf(await catalogue())).toEqual(Array.from({ length: 30 }, (_, days) => nameOf(days).id));
  expect([...store.objects.keys()].some((key) => key.includes(nameOf(31).id))).toBe(false);
  const objects = new Map(store.objects);
  expect(await run()).toMatchObject({ removed: [], retained: [], spared: [], uploads: [] });
  expect(store.objects).toEqual(objects);
});

test("fault 21: after 40 days of failed runs, the seven newest proven are there still", async () => {
  await nightly(40, 60);
  for (let days = 0; days < 40; days++)
    await store.putNew(keyOf(nameOf(days), "dump"), Buffer.from("cut")).then(() => {
      store.modified.set(keyOf(nameOf(days), "dump"), ago(days));
    });
  await run();
  const left = (await catalogue()).filter(({ state }) => state === "complete");
  expect(idsOf(left)).toEqual([40, 41, 42, 43, 44, 45, 46].map((days) => nameOf(days).id));
});

test("fault 22: more than a thousand objects, and foreign files in the prefix stay", async () => {
  await nightly(0, 40);
  const foreign = [
    "postgres/app/notes.txt",
    `${keyOf(nameOf(35), "dump")}.bak`,
    `postgres/app/${nameOf(35).id}/deep/manifest.json`,
    `postgres/a%70p/${nameOf(35).id}/manifest.json`,
    `other/app/${nameOf(35).id}/manifest.json`,
    ...Array.from({ length: 1001 }, (_, at) => `postgres/app/logs/${at}`),
  ];
  for (const key of foreign) await store.putNew(key, Buffer.from("x"));
  store.pending.set("postgres/app/someone-else", ago(100));
  await run();
  for (const key of foreign) expect(store.objects.has(key), key).toBe(true);
  expect(store.pending.has("postgres/app/someone-else")).toBe(true);
  expect(store.objects.has(keyOf(nameOf(35), "dump"))).toBe(false);
});

test("fault 22: what a stranger signed is not touched, however old", async () => {
  await nightly(0, 10);
  await putBackup(store, strangerSigner(), { at: ago(200) });
  const report = await run();
  expect(report.removed).toEqual([]);
  expect(report.decisions.find(({ id }) => id === nameOf(200).id)?.reasons).toEqual([
    expect.stringMatching(/^not ours/),
  ]);
});

test("fault 23: `--database app` touches neither `app_test` nor `ap`", async () => {
  for (const database of ["app", "app_test", "ap"]) await nightly(0, 32, database);
  const { removed } = await run({ database: "app" });
  expect(new Set(removed.map(({ database }) => database))).toEqual(new Set(["app"]));
  const left = await catalogue();
  for (const [database, count] of [
    ["app", 30],
    ["app_test", 33],
    ["ap", 33],
  ] as const)
    expect([database, left.filter((one) => one.database === database).length]).toEqual([database, count]);
});

describe("fault 24: what the store locks is a normal state", () => {
  test.each(["dump", "globals", "manifest"] as const)("a lock on the %s leaves the backup whole", async (kind) => {
    await nightly(0, 31);
    store.locks.set(keyOf(nameOf(31), kind), ago(-1));
    const report = await run();
    expect(idsOf(report.retained)).toEqual([nameOf(31).id]);
    expect(report.retained[0]?.why).toBe("locked until 2026-11-26T03:00:00.000Z");
    expect(idsOf(report.removed)).toEqual([nameOf(30).id]);
    expect((await catalogue()).at(-1)).toMatchObject({ id: nameOf(31).id, state: "complete" });
    store.locks.clear();
    expect(idsOf((await run()).removed)).toEqual([nameOf(31).id]);
  });

  test("a hold of the store that it does not tell of beforehand leaves the backup whole too", async () => {
    await nightly(0, 30);
    store.locks.set(keyOf(nameOf(30), "dump"), ago(-1));
    store.lockedUntil = async () => undefined;
    expect(idsOf((await run()).retained)).toEqual([nameOf(30).id]);
    expect((await catalogue()).at(-1)).toMatchObject({ id: nameOf(30).id, state: "complete" });
  });

  test("records that are locked longer than their backup stay alone, and go when they may", async () => {
    await nightly(0, 30);
    const record = [...store.objects.keys()].find((key) => key.includes(nameOf(30).id) && key.includes("/records/"));
    store.locks.set(record as string, ago(-1));
    expect(idsOf((await run()).removed)).toEqual([nameOf(30).id]);
    expect((await catalogue()).at(-1)).toMatchObject({ id: nameOf(30).id, state: "incomplete", keys: [record] });
    expect(idsOf((await run()).retained)).toEqual([nameOf(30).id]);
    store.locks.clear();
    expect(idsOf((await run()).removed)).toEqual([nameOf(30).id]);
    expect([...store.objects.keys()].some((key) => key.includes(nameOf(30).id))).toBe(false);
  });
});

describe("fault 20: what is being read, or is held, is not pruned", () => {
  const lease = () => leaseBackup({ store, signer, report: () => undefined }, nameOf(31), "drill");

  test("a backup that a restore or a drill has leased stays for its time, and goes after it", async () => {
    await nightly(0, 31);
    await lease();
    const report = await run();
    expect([idsOf(report.removed), report.spared]).toEqual([[nameOf(30).id], []]);
    store.now = () => ago(-1.01);
    const later = await run({}, { now: store.now });
    expect(idsOf(later.removed)).toContain(nameOf(31).id);
  });

  test.each([
    ["a lease", lease, /being read/],
    ["a hold", () => say({ kind: "held", ...nameOf(31), reason: "case 7", by: "ops" } as BackupRecord), /case 7/],
  ])("%s that comes between the look and the deed is seen", async (_what, comes, why) => {
    await nightly(0, 31);
    const racing = new FaultyStore(store);
    racing.before = async (call) => {
      if (call === "lockedUntil" && !racing.hit) {
        racing.hit = true;
        await comes();
      }
    };
    const report = await run({}, { store: racing });
    expect(report.spared).toEqual([{ ...nameOf(31), bytes: expect.any(Number), why: expect.stringMatching(why) }]);
    expect(idsOf(report.removed)).toEqual([nameOf(30).id]);
    expect((await catalogue()).at(-1)).toMatchObject({ id: nameOf(31).id, state: "complete" });
  });

  test("a backup at work is not taken for one that broke off, nor its upload", async () => {
    await nightly(1, 5);
    await store.putNew(keyOf(nameOf(0), "dump"), Buffer.from("at work"));
    store.pending.set(keyOf(nameOf(0), "globals"), ago(1.9));
    expect(await run()).toMatchObject({ removed: [], uploads: [] });
    expect(store.objects.has(keyOf(nameOf(0), "dump"))).toBe(true);
  });

  test("a lease cannot be had on a backup whose dump is gone", async () => {
    await nightly(0, 31);
    store.objects.delete(keyOf(nameOf(31), "dump"));
    await expect(lease()).rejects.toMatchObject({ code: "BACKUP_NOT_FOUND" });
  });
});

test("uploads that were begun 48 hours ago are given up, later ones are not", async () => {
  await nightly(0, 3);
  const [old, young] = [keyOf(nameOf(9), "dump"), keyOf(nameOf(8), "dump")];
  store.pending.set(old, ago(2.01));
  store.pending.set(young, ago(1.99));
  expect((await run()).uploads).toEqual([old]);
  expect([store.aborted, [...store.pending.keys()]]).toEqual([[old], [young]]);
});

describe("--after-success", () => {
  test("refuses when the newest scheduled backup is older than 26 hours, though newer ones were made by hand", async () => {
    await nightly(2, 40);
    await put(0, { reason: "manual" });
    const before = new Map(store.objects);
    await expect(run({ afterSuccess: true })).rejects.toMatchObject({
      code: "UNHEALTHY",
      message: expect.stringMatching(/"app": its newest scheduled backup is 2 d old, more than 26 h/),
    });
    expect(store.objects).toEqual(before);
  });

  test("prunes the databases whose backups arrive, and says which do not", async () => {
    await nightly(1, 32, "app");
    await nightly(20, 60, "dropped");
    const { removed, frozen } = await run({ afterSuccess: true });
    expect(new Set(removed.map(({ database }) => database))).toEqual(new Set(["app"]));
    expect(frozen).toEqual([{ database: "dropped", why: expect.stringMatching(/20 d old/) }]);
  });

  test("an empty store is nothing to refuse", async () => {
    expect(await run({ afterSuccess: true })).toMatchObject({ removed: [] });
  });
});

test("fault 15: a clock that differs from the store's by more than 5 minutes stops it", async () => {
  await nightly(0, 40);
  for (const skew of [-2, 2]) {
    const report = await run({}, { now: () => ago(skew) });
    expect(report).toMatchObject({
      removed: [],
      frozen: [{ database: "app", why: expect.stringMatching(/clock is 2 d/) }],
    });
  }
  expect((await run({}, { now: () => ago(4 / 1440) })).removed).toHaveLength(11);
});

/** What a restore, a drill and a list must never be shown: something that is not whole and looks so. */
function whole(entry: Entry): boolean {
  return entry.state === "complete" && entry.keys.filter((key) => store.objects.has(key)).length === entry.keys.length;
}

describe("fault 25: a prune that dies", () => {
  // Small, because every position is a store of its own: three days are kept, three backups go.
  const policy = { ...defaultPolicy, days: 3, proven: 1, daily: 0, weekly: 0, monthly: 0 };
  let before: MemoryStore;
  beforeEach(async () => {
    await nightly(0, 5);
    before = store;
  });
  function fresh(): void {
    store = new MemoryStore();
    store.now = () => now;
    for (const [key, body] of before.objects) store.objects.set(key, body);
    for (const [key, at] of before.modified) store.modified.set(key, at);
    store.pending.set(keyOf(nameOf(9), "dump"), ago(9));
  }
  const end = async () => ({ ids: idsOf(await catalogue()), objects: [...store.objects.keys()].sort() });

  test("at any call: it says so, nothing half-removed looks whole, and the next run ends where one run would have", async () => {
    fresh();
    const clean = new FaultyStore(store);
    await run({}, { policy, store: clean });
    const wanted = await end();
    expect(wanted.ids).toHaveLength(3);
    expect(clean.calls.filter((call) => call === "remove").length).toBe(12);
    const states = new Set<string>();
    for (let position = 0; position < clean.calls.length; position++) {
      fresh();
      const faulty = new FaultyStore(store, {
        at: position,
        error: new StoreError("unreachable", "the store went away"),
      });
      await expect(run({}, { policy, store: faulty }), `${position}: ${clean.calls[position]}`).rejects.toThrow(
        "the store went away",
      );
      expect(faulty.hit).toBe(true);
      for (const entry of await catalogue()) {
        if (idsOf([nameOf(3), nameOf(4), nameOf(5)]).includes(entry.id)) states.add(entry.state);
        else expect(entry.state).toBe("complete");
        if (entry.state === "complete") expect(whole(entry)).toBe(true);
      }
      await run({}, { policy });
      expect([position, await end(), store.pending.size]).toEqual([position, wanted, 0]);
    }
    // Each of the states between was really passed through.
    expect(states).toEqual(new Set(["complete", "damaged", "incomplete"]));
  }, 120_000);

  test("or whose answer was lost: what was removed although an error came back is removed once", async () => {
    fresh();
    await run({}, { policy });
    const wanted = await end();
    for (let position = 0; position < 12; position++) {
      fresh();
      let removals = 0;
      const { remove } = store;
      store.remove = async (key) => {
        const answer = await remove.call(store, key);
        if (removals++ === position) throw new StoreError("unreachable", "the answer was lost");
        return answer;
      };
      await expect(run({}, { policy })).rejects.toThrow("the answer was lost");
      store.remove = remove;
      for (const entry of await catalogue()) if (entry.state === "complete") expect(whole(entry)).toBe(true);
      await run({}, { policy });
      expect([position, await end()]).toEqual([position, wanted]);
    }
  });

  test("two at once end as one would", async () => {
    fresh();
    await run({}, { policy });
    const wanted = await end();
    fresh();
    await Promise.all([run({}, { policy }), run({}, { policy })]);
    expect(await end()).toEqual(wanted);
  });

  test("stopped by a signal: at once, between two backups", async () => {
    fresh();
    const stop = new AbortController();
    const stopping = new FaultyStore(store);
    stopping.before = (call) => {
      if (call === "remove") stop.abort(new Error("stopped by SIGTERM"));
    };
    await expect(run({}, { policy, store: stopping, signal: stop.signal })).rejects.toThrow("stopped by SIGTERM");
    expect(idsOf(await catalogue())).toHaveLength(5);
    expect((await catalogue()).every(({ state }) => state === "complete")).toBe(true);
  });
});

test("a damaged backup that is held stays: a hold outlives the loss of what it holds", async () => {
  await nightly(0, 40);
  await say({ kind: "held", ...nameOf(40), reason: "case 7", by: "ops" } as BackupRecord);
  store.objects.delete(keyOf(nameOf(40), "dump"));
  await run();
  const entry = (await catalogue()).at(-1) as Entry;
  expect([entry.id, entry.state, standingOf(entry).held?.reason]).toEqual([nameOf(40).id, "damaged", "case 7"]);
});
