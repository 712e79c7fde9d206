import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { manifestOf } from "../testing/backups.ts";
import { configOf, sql } from "../testing/test-world.ts";
import { placeTable } from "./place-table.ts";

describe.skipIf(postgresMissing())("a table that is put beside the live one", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app", "scratch"] });
    await sql(server, "app", "create role shop; create table orders (id int); alter table orders owner to shop");
    await sql(server, "scratch", "create table orders (id int); insert into orders values (1), (2)");
  }, 120_000);
  afterAll(() => server.stop());

  const place = (as: string, from = "orders") =>
    placeTable(
      { postgres: configOf(server, "app"), report: () => {}, signal: new AbortController().signal },
      {
        scratch: "scratch",
        database: "app",
        copy: { from: { schema: "public", name: from }, as: { schema: "public", name: as } },
        manifest: { ...manifestOf({ at: new Date(0) }), tables: [] },
      },
    );
  const ownerOf = async (table: string) =>
    (await sql<{ o: string }>(server, "app", `select tableowner as o from pg_tables where tablename = '${table}'`))[0]
      ?.o;

  test("is its owner's, not that of who restored: later backups would name a role that no restore may take", async () => {
    await place("orders_then");
    expect(await ownerOf("orders_then")).toBe("shop");
    expect(await sql(server, "app", "select id from orders_then order by 1")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("is the database's owner's where the live table is gone", async () => {
    await sql(server, "scratch", "create table gone (id int)");
    await sql(server, "app", "alter database app owner to shop");
    await place("gone_then", "gone");
    expect(await ownerOf("gone_then")).toBe("shop");
  });
});
