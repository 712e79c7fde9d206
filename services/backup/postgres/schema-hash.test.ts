import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { restorePlainly } from "../testing/restore-plainly.ts";
import { configOf, patient, sql, testWorld } from "../testing/test-world.ts";
import { findClientProgram } from "./client-program.ts";
import { listDatabases } from "./list-databases.ts";
import { schemaHash, schemaSql } from "./schema-hash.ts";

let server: PostgresServer;

async function schemaOf(database: string): Promise<string> {
  const program = await findClientProgram("pg_dump", 12, { bin: server.bin });
  return schemaSql(program, configOf(server, database), database, { lockWaitSeconds: 5 });
}

describe.skipIf(postgresMissing())("the schema of a real database", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app", "other"] });
    await sql(
      server,
      "app",
      `create role gl_owner; create type mood as enum ('a', 'b'); create table z (id int primary key);
       create table a (id int generated always as identity, z int references z, m mood default 'a', check (id > 0)) partition by range (id);
       create table a1 partition of a for values from (0) to (10); alter table a owner to gl_owner;
       create view v as select z.id from z join a on a.z = z.id; create index on a (z);
       create function f(int) returns int language sql as $$ select 1;

       -- a comment
       select $1 $$; create publication p for all tables`,
    );
  }, 120_000);
  afterAll(() => server?.stop());

  test("is the same in a restored copy, and another after a change", async () => {
    const store = new MemoryStore();
    const manifest = await takeBackup(testWorld(configOf(server, "app"), store));
    expect(await restorePlainly(server, store, manifest, "copy", ["--no-owner", "--no-publications"])).toEqual({
      code: 0,
      stderr: "",
    });
    expect(schemaHash(await schemaOf("copy"))).toBe(manifest.schemaHash);
    await sql(server, "copy", "alter table z add column more text");
    expect(schemaHash(await schemaOf("copy"))).not.toBe(manifest.schemaHash);
  });

  test("reads as SQL, so that two can be laid side by side", async () => {
    const text = await schemaOf("app");
    expect(text).toContain("CREATE TABLE public.z (\n    id integer NOT NULL\n);");
    expect(text).not.toMatch(/OWNER TO|GRANT|PUBLICATION|Dumped by|^SET /m);
  });

  test("all databases are those that can hold something: no template, and `postgres` only when it does", async () => {
    const list = () => listDatabases(configOf(server, "postgres"), AbortSignal.timeout(30_000));
    await sql(server, "postgres", "create database golive_before_20261125t020013_3f9c1a");
    expect(await list()).toEqual(["app", "copy", "other"]);
    await sql(server, "postgres", "create table here (x int)");
    expect(await list()).toEqual(["app", "copy", "other", "postgres"]);
  });
});
