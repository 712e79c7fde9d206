import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { keyOf } from "../catalogue/keys.ts";
import { readMonitorConfig } from "../config/monitor.ts";
import { type ObjectStore, StoreError } from "../storage/object-store.ts";
import { idAt, putBackup, testSigner, verified } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { configOf, patient, sql } from "../testing/test-world.ts";
import { runChecks } from "./checks.ts";
import { gather, type MonitorWorld } from "./gather.ts";
import { initdbTime, waitingSegments } from "./wal-facts.ts";

const now = new Date("2026-11-25T05:00:00Z");
const lastNight = { at: new Date("2026-11-25T02:00:00Z"), dump: Buffer.from("the dump") };
const { signer, trusted } = testSigner();
const newest = { database: "app", id: idAt(lastNight.at) };

async function healthyStore(): Promise<MemoryStore> {
  const store = new MemoryStore();
  store.now = () => now;
  await putBackup(store, signer, lastNight, [verified(lastNight, new Date("2026-11-25T03:00:00Z"))]);
  store.locks.set(keyOf(newest, "dump"), new Date("2026-11-26T02:00:00Z"));
  return store;
}

const worldOf = (stores: MonitorWorld["stores"], more: Partial<MonitorWorld> = {}): MonitorWorld => ({
  stores,
  trusted,
  config: readMonitorConfig({}),
  postgres: undefined,
  schedules: undefined,
  now: () => now,
  signal: new AbortController().signal,
  ...more,
});
const bucket = (store: MemoryStore) => ({ store, folder: undefined });

test("a healthy store gives facts that the checks find nothing wrong with, but for the drill that is not yet due", async () => {
  const report = await runChecks(worldOf([bucket(await healthyStore())]));
  expect(report.checks.map(({ check, state }) => [check, state])).toEqual([
    ["proven-age", "ok"],
    ["last-runs", "ok"],
    ["size", "ok"],
    ["integrity", "ok"],
    ["storage", "ok"],
    ["drill", "warn"],
  ]);
});

test.each([
  [
    "one bit flipped",
    (store: MemoryStore) => store.objects.set(keyOf(newest, "dump"), Buffer.from("the dumq")),
    /checksum/,
  ],
  [
    "a manifest of a stranger",
    async (store: MemoryStore) => {
      store.objects.clear();
      await putBackup(store, testSigner().signer, lastNight);
    },
    /signed by unknown key/,
  ],
] as const)("%s is red", async (_what, damage, message) => {
  const store = await healthyStore();
  await damage(store);
  const { checks } = await runChecks(worldOf([bucket(store)], { config: readMonitorConfig({ PGDATABASE: "app" }) }));
  expect(checks.find(({ check }) => check === "integrity")).toMatchObject({
    state: "fail",
    message: expect.stringMatching(message),
  });
});

test("bytes are read up to the limit and no further, and a look may read none", async () => {
  const store = await healthyStore();
  const reads: string[] = [];
  const read = store.read.bind(store);
  store.read = async (key) => {
    reads.push(key);
    return read(key);
  };
  const dumps = () => reads.splice(0).filter((key) => key.endsWith("database.dump.zst.age")).length;
  const limits = { ...readMonitorConfig({}).limits, sampleBytes: 7 };
  await gather(worldOf([bucket(store)], { config: { ...readMonitorConfig({}), limits } }), { sample: true });
  expect(dumps()).toBe(0);
  const sampled = await gather(worldOf([bucket(store)]), { sample: true });
  expect(dumps()).toBe(1);
  const later = await gather(worldOf([bucket(store)]), { sample: false, lastSamples: sampled.samples });
  expect([dumps(), later.samples]).toEqual([0, sampled.samples]);
});

test("what each store lacks is told: the lock, the copy, the space, what was left behind, its clock", async () => {
  const first = await healthyStore();
  first.locks.clear();
  first.pending.set("postgres/app/x", new Date("2026-11-23T00:00:00Z"));
  first.pending.set("postgres/app/y", new Date("2026-11-25T04:00:00Z"));
  const second = new MemoryStore();
  second.now = () => new Date(now.getTime() + 400_000);
  const { stores } = await gather(worldOf([bucket(first), { store: second, folder: tmpdir() }]), { sample: false });
  const { bsize, bavail } = statfsSync(tmpdir());
  expect(stores).toMatchObject([
    { locks: true, unfinished: 1, skewSeconds: 0, newest: [{ present: true, lockedUntil: undefined }] },
    { locks: false, unfinished: 0, skewSeconds: 400, newest: [{ present: false }] },
  ]);
  // Others write to that disk meanwhile.
  expect(Math.abs((stores[1]?.freeBytes ?? 0) / (bsize * bavail) - 1)).toBeLessThan(0.2);
});

test("a second store that has the manifest and not the whole dump lacks the backup", async () => {
  const [first, second] = [await healthyStore(), await healthyStore()];
  const looked = async () => {
    const { stores } = await gather(worldOf([bucket(first), bucket(second)]), { sample: false });
    return stores.map((one) => one.newest[0]?.present);
  };
  expect(await looked()).toEqual([true, true]);
  second.objects.set(keyOf(newest, "dump"), Buffer.from("the d"));
  expect(await looked()).toEqual([true, false]);
  second.objects.delete(keyOf(newest, "dump"));
  expect(await looked()).toEqual([true, false]);
});

test("a store that is down is a fact of the storage, and makes the backups unknown", async () => {
  const store = await healthyStore();
  const down = async () => {
    throw new StoreError("unreachable", "connection refused");
  };
  store.reach = down;
  const plain: ObjectStore = store;
  plain.list = () => ({ [Symbol.asyncIterator]: () => ({ next: down }) });
  const { state, checks } = await runChecks(
    worldOf([bucket(store)], { config: readMonitorConfig({ PGDATABASE: "app" }) }),
  );
  expect(state).toBe("fail");
  expect(checks.map(({ check, state }) => [check, state])).toEqual([
    ["proven-age", "unknown"],
    ["last-runs", "unknown"],
    ["size", "unknown"],
    ["integrity", "unknown"],
    ["storage", "fail"],
    ["drill", "unknown"],
  ]);
});

test("who may not list uploads is told nothing of them, and all the rest", async () => {
  const store = await healthyStore();
  store.unfinished = () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        throw new StoreError("denied", "no");
      },
    }),
  });
  const { stores } = await gather(worldOf([bucket(store)]), { sample: false });
  expect(stores[0]).toMatchObject({ problem: undefined, unfinished: undefined });
});

test("a look that is stopped ends", async () => {
  const stop = new AbortController();
  const store = await healthyStore();
  store.reach = async () => {
    stop.abort(new Error("stopped"));
    throw new StoreError("failed", "cut");
  };
  await expect(gather(worldOf([bucket(store)], { signal: stop.signal }), { sample: true })).rejects.toThrow("stopped");
});

test("a store that hangs and hears no signal does not hold a look up", async () => {
  const store = await healthyStore();
  store.reach = () => new Promise(() => undefined);
  const signal = AbortSignal.timeout(100);
  await expect(gather(worldOf([bucket(store)], { signal }), { sample: true })).rejects.toThrow(
    "aborted due to timeout",
  );
});

test("a server's identifier holds the second it was made in", () => {
  // As pg_controldata shows it for a server of 2026-11-25T05:00:00Z.
  expect(initdbTime(String((1_795_582_800n << 32n) | (0xa_bcde_f123n % 2n ** 32n)))).toEqual(now);
  expect(initdbTime("1")).toBeUndefined();
});

test.each([
  ["000000010000000000000005", "000000010000000000000006", 0],
  ["000000010000000000000005", "000000010000000000000005", 0],
  ["000000010000000000000005", "000000010000000000000009", 3],
  ["0000000100000000000000FE", "000000010000000100000001", 2],
  ["000000010000000000000005.00000028.backup", "000000020000000000000007", 1],
  ["00000002.history", "000000020000000000000007", undefined],
  [null, "000000010000000000000001", undefined],
  ["000000010000000000000005", null, undefined],
])("between %s archived and %s written wait %s segments", (last_archived_wal, current_wal, waiting) => {
  expect(waitingSegments({ last_archived_wal, current_wal, segment_bytes: "16777216" })).toBe(waiting);
});

const missing = postgresMissing();
describe.skipIf(missing)(missing ? `WAL (skipped: ${missing})` : "WAL, as a real server tells", patient, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({
      databases: ["app"],
      settings: [
        "archive_mode=on",
        "archive_command='test ! -f archive-fails'",
        "archive_timeout=300",
        "wal_level=logical",
      ],
    });
  });
  afterAll(() => server?.stop());

  const facts = async () => {
    const { wal } = await gather(worldOf([], { postgres: configOf(server, "app") }), { sample: false });
    if (!wal || "problem" in wal) throw new Error(JSON.stringify(wal));
    return wal.value;
  };
  const switchWal = () => sql(server, "app", "create table if not exists t(); drop table t; select pg_switch_wal()");
  async function until(what: string, met: (found: Awaited<ReturnType<typeof facts>>) => boolean) {
    for (const limit = Date.now() + 60_000; ; await delay(100)) {
      const found = await facts();
      if (met(found)) return found;
      if (Date.now() > limit) throw new Error(`${what} was never seen: ${JSON.stringify(found)}`);
    }
  }

  test("an archiver that works, one that fails, and the slots", async () => {
    await switchWal();
    const good = await until("an archived segment", ({ lastArchived }) => lastArchived !== undefined);
    expect(good).toMatchObject({ archiving: true, archiveTimeoutSeconds: 300, lastFailed: undefined, slots: [] });

    await sql(server, "app", "select pg_create_physical_replication_slot('idle', true)");
    await sql(server, "app", "alter system set archive_command = 'false'; ");
    await sql(server, "app", "select pg_reload_conf()");
    await switchWal();
    await switchWal();
    const bad = await until("a failed archiver", ({ lastFailed }) => lastFailed !== undefined);
    expect(bad.waitingSegments).toBeGreaterThan(0);
    expect(bad.slots).toEqual([{ name: "idle", active: false, bytes: expect.any(Number), status: "reserved" }]);
    expect(bad.slots[0]?.bytes).toBeGreaterThan(0);
  });

  test("when the server was made, and which databases it has, also when the one that is named was dropped", async () => {
    const found = await facts();
    // Not before its test began, nor in the future.
    expect(Date.now() - (found.since?.getTime() ?? 0)).toBeLessThan(3_600_000);
    expect(found.since?.getTime()).toBeLessThanOrEqual(Date.now());
    expect(found.countedSince?.getTime()).toBeGreaterThanOrEqual(found.since?.getTime() ?? Number.NaN);
    expect(found.databases).toEqual(["app", "postgres", "template1"]);
    const postgres = configOf(server, "dropped");
    const { wal } = await gather(worldOf([], { postgres }), { sample: false });
    expect(wal).toMatchObject({ value: { databases: ["app", "postgres", "template1"], archiving: true } });
  });

  test("a role without any right but to connect is enough", async () => {
    await sql(server, "app", "create role reader login password 'reader'");
    const postgres = { ...configOf(server, "app"), user: "reader", password: "reader" };
    const { wal } = await gather(worldOf([], { postgres }), { sample: false });
    expect(wal).toMatchObject({
      value: { archiving: true, since: expect.any(Date), databases: ["app", "postgres", "template1"] },
    });
  });

  test("a server that does not answer is a fact, without its password", async () => {
    const postgres = { ...configOf(server, "app"), password: "wr0ng" };
    const { wal } = await gather(worldOf([], { postgres }), { sample: false });
    expect(wal).toMatchObject({ problem: expect.stringContaining("password authentication failed") });
    expect(JSON.stringify(wal)).not.toContain("wr0ng");
  });
});
