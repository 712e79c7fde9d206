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
                     where conrelid in ('projects'::regclass, 'pipelines'::regclass) and contype <> 'n' order by contype = 'p'
           loop execute format('alter table %s drop constraint %I cascade', c.t, c.conname); end loop; end $$`,
      );
      await client.query(breaches[name as keyof typeof invariants]);
      expect((await client.query(sql)).rows).toHaveLength(1);
    } finally {
      await client.query("rollback");
    }
  });
});
