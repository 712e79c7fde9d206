import pg from "pg";
import { expect, test } from "vitest";
import { postgresMissing, startPostgres } from "./postgres-server.ts";

test.skipIf(postgresMissing())("a server keeps its rows over a crash and is gone after stop", async () => {
  const server = await startPostgres({ databases: ["app", "Odd name"] });
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.url });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  try {
    await query("create table kept as select 42 as answer");
    // The test server does not fsync, but the operating system lives on, so a killed process loses nothing it wrote.
    await query("checkpoint");
    await server.kill();
    await expect(query("select 1")).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await query("select * from kept")).toEqual([{ answer: 42 }]);
    expect(await query("select datname from pg_database where datname = 'Odd name'")).toHaveLength(1);
    const wrong = new pg.Client({ connectionString: server.url.replace(server.password, "wrong") });
    await expect(wrong.connect()).rejects.toThrow(/password authentication failed/);
  } finally {
    await server.stop();
    await server.stop();
  }
  await expect(query("select 1")).rejects.toThrow(/ECONNREFUSED/);
});
