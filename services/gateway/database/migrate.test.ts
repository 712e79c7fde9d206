import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { createLogger } from "../telemetry/log.ts";
import { databaseConfig } from "../testing/test-api.ts";
import { migrate } from "./migrate.ts";

const log = createLogger("silent");

describe.skipIf(postgresMissing())("migrations", () => {
  let postgres: PostgresServer;
  let folder: string;
  let admin: pg.Pool;
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    admin = new pg.Pool({ connectionString: postgres.url });
    folder = mkdtempSync(join(tmpdir(), "golive-migrations-"));
    cpSync(new URL("../migrations/", import.meta.url), folder, { recursive: true });
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await admin.query("drop schema public cascade; create schema public");
  });
  const run = () => migrate(databaseConfig(postgres), log, pathToFileURL(`${folder}/`));
  const applied = async () =>
    (await admin.query("select id from schema_migrations order by id")).rows.map(({ id }) => id);

  test("four replicas that start at once apply each migration once", async () => {
    const counts = await Promise.all([run(), run(), run(), run()]);
    expect(counts.sort()).toEqual([0, 0, 0, 6]);
    expect(await applied()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await run()).toBe(0);
  });

  test("one that fails leaves nothing of itself, and the ones before it stay", async () => {
    const broken = join(folder, "0007-broken.sql");
    writeFileSync(broken, "create table half (id integer); select 1/0;");
    try {
      await expect(run()).rejects.toThrow(/division by zero/);
      expect(await applied()).toEqual([1, 2, 3, 4, 5, 6]);
      expect((await admin.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
    } finally {
      rmSync(broken);
    }
  });

  test("a file that was changed after it ran is refused before anything else runs", async () => {
    await run();
    const changed = join(folder, "0001-projects.sql");
    cpSync(changed, join(folder, "saved"));
    writeFileSync(changed, "create table projects ()");
    try {
      await expect(run()).rejects.toThrow(/migration 1 \(projects\) was changed after it ran/);
    } finally {
      cpSync(join(folder, "saved"), changed);
    }
    expect(await run()).toBe(0);
  });
});
