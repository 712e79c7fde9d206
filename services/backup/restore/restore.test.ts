import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { restoreTestWorld } from "../testing/restore-world.ts";
import { configOf, leftovers, nothing, patient, sql, testWorld } from "../testing/test-world.ts";
import { drop } from "./drop.ts";
import type { RestoreOptions } from "./options.ts";
import { restore } from "./restore.ts";
import type { RestoreWorld } from "./restore-world.ts";
import { readStatus } from "./status.ts";
import { undo } from "./undo.ts";

let server: PostgresServer;
let store: MemoryStore;
let manifest: Manifest;

const world = (more: Partial<RestoreWorld> = {}) => restoreTestWorld(configOf(server, "app"), store, more);
const restored = (
  options: Partial<RestoreOptions> & Pick<RestoreOptions, "target">,
  more: Partial<RestoreWorld> = {},
) => restore(world(more), { choice: { id: manifest.id }, ...options });
const databases = async (): Promise<string[]> =>
  (await sql<{ datname: string }>(server, "postgres", "select datname from pg_database order by 1")).map(
    (row) => row.datname,
  );
const count = async (database: string): Promise<number> =>
  Number((await sql<{ n: string }>(server, database, "select count(*) as n from item"))[0]?.n);

describe.skipIf(postgresMissing())("a restore into a real server", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    await sql(
      server,
      "app",
      `create table item (id bigint generated always as identity primary key, name text);
       insert into item (name) select md5(g::text) from generate_series(1, 3000) g;
       create schema "a""b"; create table "a""b"."x y" (v int); insert into "a""b"."x y" values (1), (2)`,
    );
    store = new MemoryStore();
    manifest = await takeBackup(testWorld(configOf(server, "app"), store));
  }, 120_000);
  afterAll(() => server?.stop());

  test("makes a new database with the same rows, and leaves the old one alone", async () => {
    const name = `copy "of" app = 1`;
    const report = await restored({ target: { kind: "into", database: name } });
    expect(report).toMatchObject({
      id: manifest.id,
      from: "app",
      into: name,
      mode: "into",
      tables: 2,
      rows: 3002,
      kept: null,
    });
    expect(report.phases.total).toBeGreaterThan(0);
    const hash = "select count(*) as n, md5(string_agg(t::text, ',' order by id)) as hash from item t";
    expect(await sql(server, name, hash)).toEqual(await sql(server, "app", hash));
    expect(await leftovers(server)).toEqual(nothing);
  });

  test("replaces the live database, keeps the old one, and undo brings it back", async () => {
    await sql(server, "app", "delete from item where id > 10");
    const report = await restored({ target: { kind: "replace" } });
    expect(report).toMatchObject({
      mode: "replace",
      kept: expect.stringMatching(/^golive_before_/),
      safetyBackup: expect.any(String),
    });
    expect(await count("app")).toBe(3000);
    expect(await count(report.kept as string)).toBe(10);
    const back = await undo(world(), { database: "app" });
    expect(back).toMatchObject({ did: "swapped back", kept: expect.stringMatching(/^golive_undone_/) });
    expect(await count("app")).toBe(10);
    expect(await undo(world(), { database: "app" })).toMatchObject({ did: "nothing" });
    expect(await count("app")).toBe(10);
    const status = await readStatus(world());
    expect(status.kept).toMatchObject([{ name: back.kept, state: "kept" }]);
    await drop(world(), back.kept as string);
    expect((await databases()).filter((name) => name.startsWith("golive_"))).toEqual([]);
    expect(await leftovers(server)).toEqual(nothing);
  });
});
