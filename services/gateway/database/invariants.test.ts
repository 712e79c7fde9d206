import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { invariants } from "./invariants.ts";

const migrations = new URL("../migrations/", import.meta.url);
const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;

/** Writes that each break one of them, once the constraints that forbid it are gone. */
const breaches: Readonly<Record<keyof typeof invariants, string>> = {
  "pipelines-have-their-project": `update pipelines set project_id = '${id(9)}'`,
  "runs-have-their-pipeline": `update pipeline_runs set pipeline_id = '${id(9)}'`,
  "run-numbers-have-no-gap": "update pipeline_runs set number = 3",
  "runs-have-their-steps": "delete from run_steps",
  "steps-have-their-run": `update run_steps set run_id = '${id(9)}'`,
  "finished-runs-have-no-open-step": "update run_steps set status = 'running'",
  "run-times-match-the-status": "update pipeline_runs set status = 'queued'",
  "deployments-have-their-project": `update deployments set project_id = '${id(9)}'`,
  "one-deployment-at-a-time": `insert into deployments (id, project_id, environment, release)
    values ('${id(7)}', '${id(1)}', 'staging', 'v2')`,
  "emails-are-unique": `insert into users (id, email, name) values ('${id(7)}', 'ADA@golive.example', 'x')`,
  "users-are-audited": `update users set id = '${id(7)}'`,
  "runs-are-audited": `update pipeline_runs set id = '${id(7)}'`,
  "ids-are-unique": "insert into pipelines select * from pipelines limit 1",
  "slugs-are-unique": `insert into projects (id, name, slug) values ('${id(8)}', 'b', 'a')`,
  "times-match-the-status": "update pipelines set status = 'succeeded'",
  "versions-count-from-one": "update projects set version = 0",
};

describe.skipIf(postgresMissing())("the invariants, asked of the schema as it is migrated", () => {
  let server: PostgresServer;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (const file of readdirSync(migrations).sort())
      await client.query(readFileSync(new URL(file, migrations), "utf8"));
    await client.query(`insert into projects (id, name, slug) values ('${id(1)}', 'a', 'a')`);
    await client.query(
      `insert into pipelines (id, project_id, name, ref) values ('${id(2)}', '${id(1)}', 'p', 'main')`,
    );
    await client.query(`insert into pipeline_runs (id, pipeline_id, number, trigger, status, started_at, finished_at, duration_ms)
      values ('${id(3)}', '${id(2)}', 1, 'push', 'succeeded', now(), now(), 0)`);
    await client.query(`insert into run_steps (run_id, position, name, status, started_at, finished_at, duration_ms)
      values ('${id(3)}', 1, 'build', 'succeeded', now(), now(), 0)`);
    await client.query(`insert into deployments (id, project_id, environment, run_id, release)
      values ('${id(4)}', '${id(1)}', 'staging', '${id(3)}', 'v1')`);
    await client.query(`insert into users (id, email, name) values ('${id(5)}', 'ada@golive.example', 'Ada')`);
    await client.query(`insert into audit_log (id, actor_id, actor_role, action, entity, entity_id, changed, after) values
      (gen_random_uuid(), 'system', 'system', 'created', 'user', '${id(5)}', '{}', '{}'),
      (gen_random_uuid(), 'system', 'system', 'created', 'run', '${id(3)}', '{}', '{}')`);
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  test.each(Object.entries(invariants))("%s holds, and finds what breaks it", async (name, sql) => {
    await client.query("begin");
    try {
      expect((await client.query(sql)).rows).toEqual([]);
      await client.query(
        `do $$ declare c record; begin
           for c in select conrelid::regclass as t, conname from pg_constraint
                     where connamespace = 'public'::regnamespace and contype <> 'n' order by contype = 'p'
           loop execute format('alter table %s drop constraint %I cascade', c.t, c.conname); end loop;
           drop index deployments_in_progress_key, users_email_key; end $$`,
      );
      await client.query(breaches[name as keyof typeof invariants]);
      expect((await client.query(sql)).rows).toHaveLength(1);
    } finally {
      await client.query("rollback");
    }
  });
});
