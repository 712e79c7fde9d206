import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { compareContents, readContents } from "../postgres/contents.ts";
import { connect } from "../postgres/session.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { restorePlainly } from "../testing/restore-plainly.ts";
import { type StandbyServer, startStandby } from "../testing/standby-server.ts";
import { configOf, leftovers, nothing, patient, sql, testWorld } from "../testing/test-world.ts";
import { takeBackup } from "./take-backup.ts";

let primary: PostgresServer;
let standby: StandbyServer;
const config = (port = standby.port) => ({ ...configOf(primary, "app"), standby: { host: standby.host, port } });

describe.skipIf(postgresMissing())("a backup with a standby named", patient, () => {
  beforeAll(async () => {
    primary = await startPostgres({ databases: ["app"], settings: ["wal_level=replica"] });
    await sql(
      primary,
      "app",
      `create table t as select g as id, md5(g::text) || md5((g * 7)::text) as text from generate_series(1, 100000) g;
       create unlogged table fast (x int); insert into fast values (1); create sequence s; select nextval('s')`,
    );
    standby = await startStandby(primary, { settings: ["max_standby_streaming_delay=0"] });
  }, 180_000);
  afterAll(async () => {
    await standby?.stop();
    await primary?.stop();
  });

  test("reads from it, and says so; the lock is the primary's", async () => {
    await standby.caughtUp();
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    let reading: string[] = [];
    store.before = async (call) => {
      if (call !== "write" || reading.length > 0) return;
      const dumping =
        "select pid::text from pg_stat_activity where application_name = 'golive-backup' and backend_xmin is not null";
      reading = (await sql<{ pid: string }>({ ...primary, port: standby.port }, "app", dumping)).map(({ pid }) => pid);
      await expect(takeBackup(testWorld(config(), new MemoryStore()))).rejects.toMatchObject({ code: "LOCKED" });
    };
    const manifest = await takeBackup(testWorld(config(), store));
    expect(reading.length).toBeGreaterThan(0);
    expect(manifest.server).toMatchObject({ standby: true, timeline: 1 });
    expect(manifest.warnings).toEqual([]);
    expect(await leftovers(primary)).toEqual(nothing);
    expect(await restorePlainly(primary, memory, manifest, "copy")).toMatchObject({ code: 0 });
    await using session = await connect(configOf(primary, "copy"), "copy", AbortSignal.timeout(60_000));
    expect(compareContents(manifest, await readContents(session))).toEqual([]);
    expect(manifest.tables.find(({ name }) => name === "fast")?.rows).toBe(0);
  });

  test("when it does not answer, the primary is read, with a warning", async () => {
    const manifest = await takeBackup(testWorld(config(9), new MemoryStore()));
    expect(manifest.server.standby).toBe(false);
    expect(manifest.warnings).toEqual([
      expect.stringMatching(/standby 127\.0\.0\.1:9 cannot be used: .*reading from the primary/),
    ]);
  });

  test("when it is another server's, or no standby, the primary is read, with a warning", async () => {
    const other = await startPostgres({ databases: ["app"] });
    try {
      await sql(other, "postgres", `alter role postgres password '${primary.password}'`);
      const manifest = await takeBackup(testWorld(config(other.port), new MemoryStore()));
      expect(manifest.warnings).toEqual([expect.stringMatching(/belongs to another server/)]);
      expect(manifest.tables.map(({ name }) => name)).toContain("t");
    } finally {
      await other.stop();
    }
    const itself = await takeBackup(testWorld(config(primary.port), new MemoryStore()));
    expect(itself.warnings).toEqual([expect.stringMatching(/is no standby/)]);
  });

  test("when it dies in the middle of a dump, the primary is read instead, and nothing half-done is left", async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    let killed = false;
    store.before = async (call) => {
      if (call !== "write" || killed || store.calls.filter((one) => one === "write").length < 3) return;
      killed = true;
      // As a conflict with the replay, or the end of a standby that is promoted, does to it.
      await sql(
        { ...primary, port: standby.port },
        "postgres",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'golive-backup'",
      );
    };
    const manifest = await takeBackup(testWorld(config(), store));
    expect(killed).toBe(true);
    expect(manifest.server.standby).toBe(false);
    expect(manifest.warnings).toEqual([
      expect.stringMatching(/reading from the standby failed: .*; reading from the primary/),
    ]);
    expect(memory.names()).toEqual(["database.dump.zst.age", "globals.sql.zst.age", "manifest.json"]);
    expect(memory.aborted).toHaveLength(1);
    expect(await leftovers(primary)).toEqual(nothing);
  });

  test("a primary that goes away in the middle ends the run", async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    let killed = false;
    store.before = async (call) => {
      if (call !== "write" || killed) return;
      killed = true;
      await primary.kill();
    };
    await expect(takeBackup(testWorld(config(), store))).rejects.toThrow();
    expect(memory.names()).toEqual([]);
    expect(memory.pending.size).toBe(0);
    await primary.restart();
    await expect(takeBackup(testWorld(configOf(primary, "app"), memory))).resolves.toMatchObject({ sequence: 1 });
  });
});
