import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { createLogger } from "../telemetry/log.ts";
import { databaseConfig } from "../testing/test-api.ts";
import { Database } from "./database.ts";
import { DatabaseUnavailable } from "./failure.ts";

const unavailable = { name: "DatabaseUnavailable" };

describe.skipIf(postgresMissing())("the database", () => {
  let postgres: PostgresServer;
  let database: Database;
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"], settings: ["max_connections=8"] });
    database = new Database(databaseConfig(postgres, 3), createLogger("silent"));
    await database.query("create table numbers (n integer unique)");
  });
  afterAll(async () => {
    await database.end();
    await postgres.stop();
  });
  const insert = (n: number) => database.query("insert into numbers values ($1)", [n]);
  const eachConnection = (sql: string) =>
    Promise.all([1, 2, 3].map(() => database.query(`${sql}; select pg_sleep(0.2)`)));

  test("a refused row leaves its connection in the pool", async () => {
    await insert(1);
    const before = database.counts().total;
    await expect(insert(1)).rejects.toMatchObject({ code: "23505" });
    expect(database.counts().total).toBe(before);
  });

  test("a transaction is all or nothing", async () => {
    const work = database.transaction(async (query) => {
      await query("insert into numbers values (2)");
      await query("insert into numbers values (1)");
    });
    await expect(work).rejects.toMatchObject({ code: "23505" });
    expect(await database.query("select n from numbers where n = 2")).toEqual([]);
  });

  test("after a demotion one write fails and every old connection is replaced", async () => {
    await eachConnection("set default_transaction_read_only = on");
    expect(database.counts().total).toBe(3);
    await expect(insert(3)).rejects.toMatchObject({ ...unavailable, cause: { code: "25006" } });
    for (const n of [3, 4, 5, 6]) await insert(n);
  });

  test("connections that the server ends are replaced", async () => {
    await eachConnection("select 1");
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'gateway'",
    );
    for (const n of [7, 8, 9]) await insert(n);
  });

  test("a connection that dies in a transaction fails that transaction only", async () => {
    const work = database.transaction(async (query) => {
      await query("insert into numbers values (10)");
      await query("select pg_terminate_backend(pg_backend_pid())");
    });
    await expect(work).rejects.toMatchObject(unavailable);
    await insert(10);
  });

  test("who finds no free connection in time is told so", async () => {
    const held = [1, 2, 3].map(() => database.query("select pg_sleep(4)"));
    await expect(database.query("select 1")).rejects.toThrow(DatabaseUnavailable);
    await Promise.all(held);
    expect(database.counts()).toMatchObject({ idle: 3, waiting: 0 });
  });

  test("a row that no standby confirmed in time is not confirmed to the client", async () => {
    const settings = async (names: string) => {
      await database.query(`alter system set synchronous_standby_names = '${names}'`);
      await database.query("select pg_reload_conf()");
    };
    const write = (n: number) =>
      database.transaction(async (query) => {
        await query("set local statement_timeout = '300ms'");
        // The test server's default is off, which waits for nobody.
        await query("set local synchronous_commit = on");
        await query(`insert into numbers values (${n})`);
      });
    await settings("nobody");
    try {
      // The server heeds the setting a moment after it was told of it; writes until then are confirmed rightly.
      const confirmed = async (n: number) =>
        write(n).then(
          () => true,
          () => false,
        );
      let n = 1000;
      const end = Date.now() + 20_000;
      while (await confirmed(n++)) if (Date.now() > end) throw new Error("the server waits for no standby after 20 s");
      await expect(write(11)).rejects.toMatchObject({ ...unavailable, message: /no standby confirmed/ });
    } finally {
      await settings("");
    }
    await insert(12);
  });

  test("it asks the server itself whether it may write", async () => {
    expect(await database.isWritable()).toBe(true);
  });
});
