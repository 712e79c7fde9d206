import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { client, configOf, leftovers, nothing, patient, sql, testWorld } from "../testing/test-world.ts";
import { takeBackup } from "./take-backup.ts";

let server: PostgresServer;
/** Waits a second, and not two, for what will not come. */
const backup = () => takeBackup(testWorld({ ...configOf(server, "app"), lockWaitSeconds: 1 }, new MemoryStore()));

describe.skipIf(postgresMissing())("what somebody else holds", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"], settings: ["max_prepared_transactions=5"] });
    await sql(
      server,
      "app",
      `create table t (x int); insert into t values (1); create view v as select * from t; create materialized view m as select * from t; create sequence s;
       create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (7, false); create index i on t (x);
       create table parted (x int) partition by list (x); create table part partition of parted for values in (1)`,
    );
  }, 120_000);
  afterAll(() => server?.stop());

  test.each([
    ["a table", "lock table t in access exclusive mode", "t"],
    ["a partition", "lock table only part in access exclusive mode", "part"],
    ["the table of migrations", "lock table schema_migrations in access exclusive mode", "schema_migrations"],
    ["a view", "alter view v alter column x set default 1", "v"],
    ["a materialized view", "refresh materialized view m", "m"],
    ["a sequence", "drop sequence s", "s"],
  ])("%s: the run gives up after the set wait, and names it and its holder", async (_what, statement, name) => {
    const holder = await client(server, "app");
    try {
      await holder.query(`begin; ${statement}`);
      const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
      const began = performance.now();
      await expect(backup()).rejects.toMatchObject({
        code: "BACKUP_FAILED",
        message: expect.stringContaining(`${name} is locked by server process ${rows[0]?.pid}`),
        hint: expect.stringContaining("pg_terminate_backend"),
      });
      expect(performance.now() - began).toBeLessThan(20_000);
    } finally {
      await holder.end();
    }
    expect(await leftovers(server)).toEqual(nothing);
    expect((await backup()).migrationHead).toBe("7");
  });

  test("a lock that is held by a prepared transaction, which no process has", async () => {
    await sql(server, "app", "begin; lock table t in access exclusive mode; prepare transaction 'in doubt'");
    try {
      await expect(backup()).rejects.toMatchObject({
        message: expect.stringMatching(/t is locked by prepared transaction "in doubt" since/),
      });
    } finally {
      await sql(server, "app", "rollback prepared 'in doubt'");
    }
  });

  test("what does not keep readers out keeps no backup", async () => {
    const holder = await client(server, "app");
    try {
      await holder.query(
        "create temporary table mine (x int); create temporary sequence counting; begin; lock table t in exclusive mode",
      );
      expect((await backup()).tables.map(({ name }) => name)).toEqual(["m", "part", "schema_migrations", "t"]);
    } finally {
      await holder.end();
    }
  });

  test.each([
    ["other types", "version jsonb, dirty text"],
    ["no order", "version json, dirty boolean"],
  ])(
    "an application's own table that is called as a tool's, with %s, is a table as any other",
    async (_what, columns) => {
      await sql(server, "postgres", "create database own");
      await sql(
        server,
        "own",
        `create table schema_migrations (${columns}); insert into schema_migrations values ('{"a":1}', 'true')`,
      );
      const manifest = await takeBackup(testWorld(configOf(server, "own"), new MemoryStore()));
      expect(manifest).toMatchObject({ migrationHead: null, tables: [{ name: "schema_migrations", rows: 1 }] });
      await sql(server, "postgres", "drop database own");
    },
  );

  test("a table in a schema that pg_dump never reads makes no backup without it", async () => {
    await sql(server, "postgres", "create database hidden");
    await sql(
      server,
      "hidden",
      "create table information_schema.mine (x int); insert into information_schema.mine values (1)",
    );
    await expect(takeBackup(testWorld(configOf(server, "hidden"), new MemoryStore()))).rejects.toThrow(
      /pg_dump left out information_schema\.mine/,
    );
  });

  test("a name of bytes that no encoding has is refused in words", async () => {
    await sql(server, "postgres", "create database bytes encoding 'SQL_ASCII' locale 'C' template template0");
    await sql(server, "bytes", String.raw`do $$ begin execute E'create table "\xe9" (x int)'; end $$`);
    await expect(takeBackup(testWorld(configOf(server, "bytes"), new MemoryStore()))).rejects.toMatchObject({
      code: "BACKUP_FAILED",
      message: expect.stringMatching(/^database "bytes" has a name that is not UTF-8/),
    });
  });

  test("foreign keys that are switched off are told, as no dump keeps that", async () => {
    await sql(server, "postgres", "create database loose");
    await sql(
      server,
      "loose",
      "create table a (id int primary key); create table b (a int references a); insert into b default values; alter table b disable trigger all",
    );
    const { warnings } = await takeBackup(testWorld(configOf(server, "loose"), new MemoryStore()));
    expect(warnings).toEqual([expect.stringMatching(/^foreign keys of public\.b are not enforced/)]);
  });
});
