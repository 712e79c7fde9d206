import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";

const folder = new URL("../migrations/", import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .sort();
const sqlOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const firstOfTheDomain = files.findIndex((file) => file.startsWith("0003"));

describe.skipIf(postgresMissing())("the domain's migrations on a live platform", { timeout: 120_000 }, () => {
  let postgres: PostgresServer;
  let old: pg.Client;
  let migrating: pg.Client;
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    [old, migrating] = [1, 2].map(() => new pg.Client({ connectionString: postgres.url })) as [pg.Client, pg.Client];
    await Promise.all([old.connect(), migrating.connect()]);
    for (const file of files.slice(0, firstOfTheDomain)) await migrating.query(sqlOf(file));
    await old.query(
      `insert into projects (id, name, slug) select gen_random_uuid(), 'p', 'p-' || n from generate_series(1, 9) n`,
    );
    await old.query(
      "insert into pipelines (id, project_id, name, ref) select gen_random_uuid(), id, 'main', 'main' from projects",
    );
  }, 120_000);
  afterAll(async () => {
    await Promise.all([old?.end(), migrating?.end()]);
    await postgres?.stop();
  });
  const apply = async (file: string) => {
    await migrating.query("begin");
    try {
      await migrating.query(sqlOf(file));
      await migrating.query("commit");
    } catch (error) {
      await migrating.query("rollback");
      throw error;
    }
  };

  test("whoever writes meanwhile is not waited for without end, and a later try goes through", async () => {
    await migrating.query("set lock_timeout = '60s'");
    await apply(files[firstOfTheDomain] ?? "");
    await old.query("begin");
    await old.query("update pipelines set name = 'renamed'");
    await old.query("update projects set name = 'renamed'");
    const began = performance.now();
    await expect(apply(files[firstOfTheDomain + 1] ?? "")).rejects.toMatchObject({ code: "55P03" });
    expect(performance.now() - began).toBeLessThan(20_000);
    await old.query("commit");
    for (const file of files.slice(firstOfTheDomain + 1)) await apply(file);
    // The limit was the migration's own.
    expect((await migrating.query("show lock_timeout")).rows).toEqual([{ lock_timeout: "1min" }]);
  });

  test("the release before it goes on: what it knows it can still create and delete", async () => {
    const [pipeline] = (await old.query("select id, project_id from pipelines limit 1")).rows;
    await old.query(
      "insert into pipeline_runs (id, pipeline_id, number, trigger) values (gen_random_uuid(), $1, 1, 'manual')",
      [pipeline.id],
    );
    await old.query(
      `insert into deployments (id, project_id, environment, run_id, release)
        select gen_random_uuid(), $1, 'staging', id, 'v1' from pipeline_runs where pipeline_id = $2`,
      [pipeline.project_id, pipeline.id],
    );
    await old.query("delete from pipelines where id = $1", [pipeline.id]);
    expect((await old.query("select run_id from deployments")).rows).toEqual([{ run_id: null }]);
    await old.query("delete from projects where id = $1", [pipeline.project_id]);
    expect((await old.query("select 1 from deployments")).rows).toEqual([]);
    await old.query("insert into projects (id, name, slug) values (gen_random_uuid(), 'new', 'new')");
  });

  test("every foreign key has an index that serves a deletion of what it points at", async () => {
    const unserved = await old.query(`
      select k.conname from pg_constraint k
      where k.contype = 'f' and not exists (
        select from pg_index i where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1]
      )`);
    expect(unserved.rows).toEqual([]);
  });
});
