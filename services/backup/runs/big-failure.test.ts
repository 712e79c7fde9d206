import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { configOf, leftovers, nothing, patient, sql, testWorld } from "../testing/test-world.ts";
import { takeBackup } from "./take-backup.ts";

let server: PostgresServer;

describe.skipIf(postgresMissing())("a store that fails in the middle of much data", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    await sql(
      server,
      "app",
      "create table ballast as select n, md5(n::text) || md5((n * 7)::text) as noise from generate_series(1, 1500000) n",
    );
  }, 120_000);
  afterAll(() => server?.stop());

  test("ends the run with the store's error, and leaves nothing at work", async () => {
    const store = new FaultyStore(new MemoryStore());
    let writes = 0;
    store.before = async (call) => {
      if (call !== "write" || ++writes < 10) return;
      // By now pipe and compressor are full, and each waits for the next.
      await delay(3000);
      throw new Error("the store is down");
    };
    await expect(takeBackup(testWorld(configOf(server, "app"), store))).rejects.toThrow("the store is down");
    expect(await leftovers(server)).toEqual(nothing);
  }, 60_000);
});
