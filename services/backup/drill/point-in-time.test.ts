import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { type Complete, readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { type Manifest, writeManifest } from "../catalogue/manifest.ts";
import { type RecordOf, writeRecord } from "../catalogue/records.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { inClusterApi } from "../kubernetes/in-cluster.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { stoppedBy } from "../stopped-by.ts";
import { StoreError } from "../storage/object-store.ts";
import { type ArchivingServer, startArchiving } from "../testing/archiving-server.ts";
import { FakeOperator } from "../testing/fake-operator.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { type KubernetesServer, startKubernetes, statusObject } from "../testing/kubernetes-server.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { configOf, patient, sql, testKeys, testWorld } from "../testing/test-world.ts";
import { drillText } from "./outcome.ts";
import { drillPointInTime, type PointInTimeOptions, type PointInTimeWorld } from "./point-in-time.ts";

/** What a physical copy has otherwise than a dump: numbers of a sequence in advance, an unlogged table that is empty. */
const content = `
  create table quiet (id int generated always as identity primary key, note text);
  insert into quiet (note) select md5(g::text) from generate_series(1, 500) g;
  create table busy (id bigserial primary key, at timestamptz default clock_timestamp());
  create sequence down increment -1; select nextval('down');
  create unlogged table cache (id int); insert into cache select generate_series(1, 300);
  create materialized view counted as select count(*) as n from quiet;
  select lo_from_bytea(4711, '\\xabcdef')`;

const log = (lines: readonly object[]): string => lines.map((line) => JSON.stringify(line)).join("\n");
const fatal = (message: string) => ({ level: "info", msg: "record", record: { error_severity: "FATAL", message } });

describe.skipIf(postgresMissing())("a drill of the archive", patient, () => {
  let archiving: ArchivingServer;
  let taken: MemoryStore;
  let manifest: Manifest;
  let kubernetes: KubernetesServer;
  let operator: FakeOperator;
  let folder = "";

  beforeAll(async () => {
    archiving = await startArchiving(["app"]);
    kubernetes = await startKubernetes((request, body) => operator.answer(request, body));
    await sql(archiving.server, "app", content);
    taken = new MemoryStore();
    // Somebody writes all the time, before, in and after the instant of the snapshot.
    let writing = true;
    const writer = (async () => {
      while (writing) await sql(archiving.server, "app", "insert into busy default values; select nextval('down')");
    })();
    manifest = await takeBackup(testWorld(configOf(archiving.server, "app"), taken));
    await new Promise((resolve) => setTimeout(resolve, 200));
    writing = false;
    await writer;
    await sql(archiving.server, "app", "delete from quiet; insert into quiet (note) values ('after the backup')");
    await archiving.archiveUpToNow();
    prove(taken, manifest);
  }, 180_000);
  afterAll(async () => {
    await kubernetes?.stop();
    await archiving?.stop();
  });
  beforeEach(() => {
    operator = new FakeOperator();
    folder = mkdtempSync(join(tmpdir(), "drill-archive-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function prove(store: MemoryStore, { database, id }: Manifest): void {
    const { key, body } = writeRecord(
      {
        ...{ version: 1, kind: "verified", database, id, at: new Date().toISOString(), outcome: "passed" },
        ...{ problem: null, depth: "stored", bytes: 1, seconds: 1 },
      },
      testKeys().signer,
    );
    store.objects.set(key, body);
  }
  function store(): MemoryStore {
    const copy = new MemoryStore();
    for (const [key, body] of taken.objects) copy.objects.set(key, Buffer.from(body));
    return copy;
  }
  function resign(from: MemoryStore, change: (manifest: Manifest) => Manifest): void {
    from.objects.set(keyOf(manifest, "manifest"), writeManifest(change(structuredClone(manifest)), testKeys().signer));
  }

  function worldOf(from: MemoryStore, more: Partial<PointInTimeWorld> = {}): PointInTimeWorld & { lines: string[] } {
    const { signer, trusted } = testKeys();
    const lines: string[] = [];
    return {
      stores: [from],
      ...{ signer, trusted, lines },
      live: configOf(archiving.server, "app"),
      config: { invariants: undefined, invariantsDatabase: undefined, invariantSeconds: 30 },
      recovery: {
        cluster: {
          ...{ apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" },
          metadata: { name: "postgres-drill", labels: { "golive.dev/point-in-time": "drill" } },
          spec: { instances: 1, bootstrap: { recovery: { source: "archive" } } },
        },
        seconds: 120,
        pod: { name: "drill-pod", uid: "11111111-2222" },
      },
      kubernetes: (signal) => inClusterApi({ env: kubernetes.env, signal, folder: kubernetes.folder }),
      loginTo: () => configOf(archiving.server, "app"),
      pauseMs: 10,
      now: () => new Date(),
      report: (line) => lines.push(line),
      signal: new AbortController().signal,
      ...more,
    };
  }
  const due: PointInTimeOptions = { choice: "due", share: 0.01 };

  async function entryOf(from: MemoryStore): Promise<Complete> {
    const [entry] = await readCatalogue(from, { trusted: testKeys().trusted, database: "app", id: manifest.id });
    if (entry?.state !== "complete") throw new Error(`${manifest.id} is ${entry?.state}`);
    return entry;
  }
  const drills = ({ records }: Complete) =>
    records.filter((record): record is RecordOf<"drilled"> => record.kind === "drilled");

  /** The recovered server is the live one, which has what was written since: for cases that are about something else. */
  function asLive(from: MemoryStore): void {
    resign(from, (one) => ({ ...one, tables: [], sequences: [] }));
    operator.healthy();
  }

  test("green: PostgreSQL comes out of a real archive as the dump saw it, although somebody was writing", async () => {
    const from = store();
    let recovered: PostgresConfig | undefined;
    operator.onMade = ({ spec }) => {
      operator.recovery = {
        phase: "Running",
        log: log([
          { level: "info", ts: new Date(Date.now() + 20).toISOString(), msg: "Restore through plugin detected" },
          { level: "info", ts: new Date(Date.now() + 50).toISOString(), msg: "Generated recovery configuration" },
        ]),
      };
      archiving.recoverBefore(spec.bootstrap.recovery.recoveryTarget.targetLSN).then((server) => {
        recovered = { ...configOf(archiving.server, "app"), port: server.port };
        operator.healthy();
      });
    };
    const world = worldOf(from, { loginTo: () => recovered as PostgresConfig });
    const outcome = await drillPointInTime(world, due);
    expect(outcome, drillText(outcome)).toMatchObject({
      outcome: "passed",
      id: manifest.id,
      plane: "point-in-time",
      tables: 4,
      differences: [],
    });
    // Not one row more or less in what nobody wrote to; of what was written to in that very instant a row or two.
    expect(outcome.exactTables).toBeGreaterThanOrEqual(2);
    expect(outcome.warnings.join("\n")).toContain("public.cache is unlogged");
    expect(outcome.warnings.join("\n")).not.toMatch(/public\.(quiet|counted)/);
    expect(outcome.recoveryPointSeconds).toBeLessThan(60);
    const { start = 0, fetch = 0, restore = 0, compare = 0, total = 0 } = outcome.phases ?? {};
    expect(Math.min(start, fetch, restore, compare)).toBeGreaterThan(0);
    expect(total).toBeCloseTo(start + fetch + restore + compare, 1);

    expect(drills(await entryOf(from))).toMatchObject([
      { plane: "point-in-time", outcome: "passed", exactTables: outcome.exactTables, phases: outcome.phases },
    ]);
    expect(standingOf(await entryOf(from)), "the dump itself was not restored").toMatchObject({ drilled: undefined });
    expect(operator.made).toMatchObject([
      {
        metadata: {
          annotations: { "golive.dev/drilled-by": "drill-pod" },
          ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "drill-pod", uid: "11111111-2222" }],
        },
        spec: {
          instances: 1,
          bootstrap: {
            recovery: { source: "archive", recoveryTarget: { targetLSN: manifest.server.lsn, exclusive: true } },
          },
        },
      },
    ]);
    expect([operator.cluster, operator.deleted]).toEqual([undefined, 1]);
    expect(drillText(outcome)).toMatch(/green: the archive gives back.*\n(.*\n)*exactly as dumped: \d of 4 tables/);
  });

  test("red: a table is not what the manifest says, and the dump is not blamed in the catalogue", async () => {
    const from = store();
    operator.healthy();
    const outcome = await drillPointInTime(worldOf(from), due);
    expect(outcome).toMatchObject({ outcome: "failed", blame: "backup" });
    expect(outcome.differences).toContainEqual(expect.stringMatching(/quiet: found 1 rows, .* about 500 rows/));
    expect(standingOf(await entryOf(from)).failed).toBeUndefined();
    expect([operator.cluster, operator.deleted]).toEqual([undefined, 1]);
  });

  test.each([
    ["holds", "select 1 where false", { outcome: "passed", blame: null }],
    ["is violated", "select id from quiet", { outcome: "failed", blame: "backup" }],
    ["cannot be asked", "select id frm quiet", { outcome: "failed", blame: "drill" }],
  ])("an invariant that %s", async (_, text, wanted) => {
    const from = store();
    asLive(from);
    writeFileSync(join(folder, "few.sql"), text);
    const config = { invariants: folder, invariantsDatabase: "app", invariantSeconds: 30 };
    const outcome = await drillPointInTime(worldOf(from, { config }), due);
    expect(outcome, drillText(outcome)).toMatchObject(wanted);
    expect(outcome.invariants).toHaveLength(1);
    expect(outcome.phases?.invariants).toBeGreaterThan(0);
    const others = { ...config, invariantsDatabase: "another" };
    expect((await drillPointInTime(worldOf(from, { config: others }), due)).invariants).toEqual([]);
  });

  describe("a recovery that fails", () => {
    const unreached = fatal("recovery ended before configured recovery target was reached");
    test.each([
      ["the archive ends before a position that it has reached", [unreached], "backup", /before configured/],
      [
        "a segment that the recovery begins with is not there",
        [
          {
            level: "error",
            msg: "restore error",
            error: "encountered an error while checking the presence of first needed WAL",
          },
        ],
        "backup",
        /first needed WAL/,
      ],
      [
        "no base backup is older",
        [{ level: "error", msg: "restore", error: "no target backup found" }],
        "drill",
        /no target/,
      ],
    ] as const)("%s", async (_, lines, blame, problem) => {
      const from = store();
      operator.recovery = { phase: "Failed", log: log([...lines, { level: "error", msg: "noise after it" }]) };
      const outcome = await drillPointInTime(worldOf(from), due);
      expect(outcome).toMatchObject({
        outcome: "failed",
        blame,
        problem: expect.stringMatching(problem),
        phases: null,
      });
      expect(drills(await entryOf(from))).toMatchObject([{ blame }]);
      expect([operator.cluster, operator.deleted]).toEqual([undefined, 1]);
    });

    test("an archive that has not reached the position yet says nothing, and by the clock it is not asked", async () => {
      const from = store();
      const newer = await takeBackup(testWorld(configOf(archiving.server, "app"), from));
      prove(from, newer);
      operator.recovery = { phase: "Failed", log: log([unreached]) };
      const outcome = await drillPointInTime(worldOf(from), { choice: "latest", share: 0.01 });
      expect(outcome).toMatchObject({ id: newer.id, blame: "drill" });
      expect(outcome.warnings).toContainEqual(expect.stringContaining(`has not reached the position of ${newer.id}`));
      operator = new FakeOperator();
      operator.healthy();
      expect((await drillPointInTime(worldOf(from), due)).id).toBe(manifest.id);
    });

    test("it is given up when the time is over, or when somebody deletes the server", async () => {
      const from = store();
      const { recovery } = worldOf(from);
      const late = await drillPointInTime(worldOf(from, { recovery: { ...recovery, seconds: 0.2 } }), due);
      expect(late).toMatchObject({ blame: "drill", problem: expect.stringContaining("not recovered within 0.2 s") });
      operator.status = () => {
        operator.cluster = undefined;
        return {};
      };
      expect(await drillPointInTime(worldOf(from), due)).toMatchObject({
        blame: "drill",
        problem: expect.stringContaining("deleted while it was recovered"),
      });
    });
  });

  test("a right that is missing is the drill's fault, and named", async () => {
    const from = store();
    operator.instead.push(statusObject(404, "not found"), statusObject(403, "cannot create resource clusters"));
    const outcome = await drillPointInTime(worldOf(from), due);
    expect(outcome).toMatchObject({ blame: "drill", problem: expect.stringContaining("cannot create resource") });
  });

  test("outside of a pod nothing can be recovered, and nothing is said of the archive", async () => {
    const kubernetes = (signal: AbortSignal) => inClusterApi({ env: {}, signal });
    expect(await drillPointInTime(worldOf(store(), { kubernetes }), due)).toMatchObject({
      blame: "drill",
      problem: expect.stringContaining("KUBERNETES_SERVICE_HOST is not set"),
    });
  });

  test("an API server that is away for a moment ends nothing", async () => {
    const from = store();
    asLive(from);
    operator.onMade = () => {
      for (let n = 0; n < 5; n++) operator.instead.push(statusObject(503, "the server is starting"));
    };
    expect(await drillPointInTime(worldOf(from), due)).toMatchObject({ outcome: "passed" });
  });

  test("without a word of the live server the newest proven backup is drilled, and nothing is said of the loss", async () => {
    const from = store();
    asLive(from);
    const world = worldOf(from, { live: { ...configOf(archiving.server, "app"), port: 1 } });
    expect(await drillPointInTime(world, due)).toMatchObject({ outcome: "passed", recoveryPointSeconds: null });
    expect(world.lines.join("\n")).toContain("the live server does not say how far the archive is");
  });

  describe("what is there already", () => {
    const left = { metadata: { name: "postgres-drill", annotations: { "golive.dev/drilled-by": "other-pod" } } };

    test("the server of a drill that was killed is deleted first", async () => {
      const from = store();
      asLive(from);
      operator.cluster = left as never;
      operator.podPhases.set("other-pod", "Failed");
      const world = worldOf(from);
      expect(await drillPointInTime(world, due)).toMatchObject({ outcome: "passed" });
      expect(world.lines).toContainEqual(expect.stringContaining("left by a drill that did not end"));
      expect([operator.deleted, operator.made.length, operator.cluster]).toEqual([2, 1, undefined]);
    });

    test("the server of a drill that runs is left alone, and no word is kept", async () => {
      const from = store();
      operator.cluster = left as never;
      operator.podPhases.set("other-pod", "Running");
      await expect(drillPointInTime(worldOf(from), due)).rejects.toMatchObject({ code: "LOCKED" });
      expect([operator.deleted, operator.cluster]).toEqual([0, left]);
      // Two that begin in the same moment: the one that comes second leaves the other's server alone.
      operator.cluster = undefined;
      operator.instead.push(statusObject(404, "not found"), statusObject(409, "already exists"));
      await expect(drillPointInTime(worldOf(from), due)).rejects.toMatchObject({ code: "LOCKED" });
      expect(operator.deleted).toBe(0);
      expect(drills(await entryOf(from))).toEqual([]);
    });
  });

  test("SIGTERM in the middle: the server is taken away, and no word on the archive is kept", async () => {
    const from = store();
    const stop = new AbortController();
    operator.onMade = () => {
      operator.status = () => {
        stop.abort(stoppedBy("SIGTERM"));
        return { phase: "Setting up primary" };
      };
    };
    await expect(drillPointInTime(worldOf(from, { signal: stop.signal }), due)).rejects.toMatchObject({
      code: "TERMINATED",
    });
    expect([operator.cluster, operator.deleted]).toEqual([undefined, 1]);
    expect(drills(await entryOf(from))).toEqual([]);
  });

  test("a server without the database is red, not out of reach", async () => {
    const from = store();
    operator.healthy();
    const loginTo = () => configOf(archiving.server, "lost");
    const outcome = await drillPointInTime(worldOf(from, { loginTo }), due);
    expect(outcome).toMatchObject({ blame: "backup", problem: expect.stringContaining('"lost" does not exist') });
  });

  test("an error of the store at any call is loud, leaves no server, and the next drill is green", async () => {
    const from = store();
    asLive(from);
    const counted = new FaultyStore(from);
    await drillPointInTime(worldOf(from, { stores: [counted] }), due);
    expect(counted.calls.length).toBeGreaterThan(3);
    for (let at = 0; at < counted.calls.length; at++) {
      const error = new StoreError("unreachable", "injected");
      const faulty = new FaultyStore(from, { at, error });
      await expect(drillPointInTime(worldOf(from, { stores: [faulty] }), due), counted.calls[at]).rejects.toThrow(
        "injected",
      );
      expect([faulty.hit, operator.cluster]).toEqual([true, undefined]);
    }
    expect(await drillPointInTime(worldOf(from), due)).toMatchObject({ outcome: "passed" });
  });

  test("an error of the API server at any request blames no archive, and leaves no server", async () => {
    const from = store();
    asLive(from);
    await drillPointInTime(worldOf(from), due);
    const { requests } = operator;
    expect(requests).toBeGreaterThan(4);
    for (let at = 0; at < requests; at++) {
      operator = new FakeOperator();
      operator.healthy();
      operator.failsAt = at;
      const outcome = await drillPointInTime(worldOf(from), due);
      expect(outcome.blame, `${at}: ${outcome.problem}`).not.toBe("backup");
      expect(operator.cluster, `request ${at}`).toBeUndefined();
    }
  });

  test("a backup of another server is none to compare with", async () => {
    const from = store();
    resign(from, (one) => ({ ...one, server: { ...one.server, systemIdentifier: "1" } }));
    await expect(drillPointInTime(worldOf(from), due)).rejects.toMatchObject({ code: "BACKUP_NOT_FOUND" });
    expect(operator.made).toEqual([]);
  });
});
