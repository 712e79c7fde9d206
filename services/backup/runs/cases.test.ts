import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { compareContents, readContents } from "../postgres/contents.ts";
import { connect } from "../postgres/session.ts";
import { caseFile, psql as runPsql, schemaOf } from "../testing/backed-up.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { restorePlainly } from "../testing/restore-plainly.ts";
import { configOf, patient, sql, testWorld } from "../testing/test-world.ts";
import { takeBackup } from "./take-backup.ts";

interface Case {
  readonly file: string;
  readonly create?: string;
  /** Tables and materialized views that pg_restore alone does not bring back, as the file says. */
  readonly lost?: readonly string[];
  readonly tables?: Readonly<Record<string, number>>;
  /** Queries whose answers are the same in the copy. */
  readonly same?: readonly string[];
  /** Queries of the copy alone, and their answers: they may change it, so they come last. */
  readonly last?: readonly (readonly [query: string, answer: readonly unknown[]])[];
}

const longName = "é".repeat(31);
/** Two tables have names of one spelling but for a dot, so they are counted by both parts. */
const oddlyNamed = [
  [" lead", " lead ", 2],
  ["a", "b.c", 5],
  ["a.b", "c", 4],
  ["public", "'; DROP TABLE t; --", 1],
  ["public", "*", 2],
  ["public", "-t", 0],
  ["public", "enum user", 2],
  ["public", "pg_like", 1],
  ["public", "tbl|pipe`tick", 0],
  ["select", "TABLE", 0],
  ["select", "Table", 1],
  ["select", "table", 3],
  ["trail ", `${longName}1`, 6],
  ["trail ", `${longName}2`, 0],
];

const largeObjects = `
  select oid, pg_get_userbyid(lomowner) as owner, lomacl::text as acl, md5(lo_get(oid)) as md5, obj_description(oid, 'pg_largeobject') as text
    from pg_largeobject_metadata order by 1`;
const triggers = "select tgrelid::regclass::text as t, tgname, tgenabled from pg_trigger order by 1, 2";
const constraints = "select conname, convalidated, condeferrable, condeferred from pg_constraint order by 1";

const cases: readonly Case[] = [
  { file: "01-identifiers.sql" },
  {
    file: "02-columns.sql",
    tables: { zero_cols: 3, only_generated: 2, id_always: 3, id_default: 2, dropped_col: 1, gen_fn: 2 },
    same: ["select * from only_generated", "select * from gen_fn order by 1", "select * from dropped_col"],
    last: [
      ["insert into id_always default values returning id", [{ id: 4 }]],
      ["insert into id_default (v) values ('next') returning id", [{ id: 100 }]],
      ["insert into dropped_col (a) values (4) returning g, late", [{ g: 8, late: 7 }]],
    ],
  },
  { file: "03-values.sql" },
  { file: "04-matview-search-path.sql", lost: ["public.mv_fn", "public.mv_on_mv", "public.mv_text"] },
  { file: "05-check-lookup.sql", lost: ["public.aa_orders", "public.zzz_prices"] },
  { file: "06-trigger-states.sql", tables: { audit: 2 }, same: [triggers] },
  {
    file: "08-sequences.sql",
    last: [
      [
        "select array[nextval('s_fresh'), nextval('s_used'), nextval('s_down'), nextval('s_cycle'), nextval('s_small'), nextval('s_setfalse'), nextval('t_id_seq'), nextval('s_odd')]::int[] as n",
        [{ n: [50, 53, -11, 1, 32767, 42, 1000, 8] }],
      ],
    ],
  },
  {
    file: "09-large-objects.sql",
    tables: { files: 1 },
    same: [largeObjects],
    last: [
      [
        "select left(md5(lo_get(oid)), 8) as md5 from pg_largeobject_metadata order by oid",
        [{ md5: "a0afde39" }, { md5: "5c8ad194" }],
      ],
    ],
  },
  {
    file: "11-encoding-sql-ascii.sql",
    create: "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0",
    tables: { raw: 3 },
    last: [
      [
        "select array_agg(encode(convert_to(t, 'SQL_ASCII'), 'hex') order by id) as hex from raw",
        [{ hex: ["c3a9", "e9", "ff5c"] }],
      ],
    ],
  },
  {
    file: "12-icu-nondeterministic.sql",
    create: "encoding 'UTF8' locale_provider icu icu_locale 'und' locale 'C.UTF-8' template template0",
    tables: { names: 5 },
  },
  { file: "14-inheritance.sql", tables: { animal: 1, cat: 2, dog: 1, both_: 1 } },
  { file: "15-constraints.sql", same: [constraints] },
  { file: "20-foreign.sql", tables: { parted_local: 1, local_t: 2, mv_remote: 0 } },
];

let server: PostgresServer;

const psql = (database: string, file: string): void => runPsql(server, database, { file: caseFile(file) });

describe.skipIf(postgresMissing())("known cases", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ settings: ["wal_level=logical", "max_prepared_transactions=5"] });
  }, 120_000);
  afterAll(() => server?.stop());

  test.each(cases)(
    "$file is backed up, and its copy is what the manifest says",
    async ({ file, create, lost = [], tables, same = [], last = [] }) => {
      const [database, copy] = [`case_${file.slice(0, 2)}`, `copy_${file.slice(0, 2)}`];
      await sql(server, "postgres", `create database ${database} ${create ?? ""}`);
      psql(database, file);
      const store = new MemoryStore();
      const manifest = await takeBackup(testWorld(configOf(server, database), store));
      expect(manifest).toMatchObject({ warnings: [] });
      const rows = Object.fromEntries(manifest.tables.map(({ name, rows: count }) => [name, count]));
      if (tables) expect(rows).toMatchObject(tables);
      const { code } = await restorePlainly(server, store, manifest, copy);
      expect(code).toBe(lost.length === 0 ? 0 : 1);
      await using session = await connect(configOf(server, copy), copy, AbortSignal.timeout(60_000));
      const differences = compareContents(manifest, await readContents(session));
      expect(differences.map(({ name }) => name)).toEqual([...lost]);
      expect(schemaOf(server, copy)).toBe(schemaOf(server, database));
      for (const query of same) expect(await sql(server, copy, query)).toEqual(await sql(server, database, query));
      for (const [query, answer] of last) expect(await sql(server, copy, query)).toEqual(answer);
    },
  );

  test("01: every table is in the manifest under its own name, with its rows", async () => {
    const { tables } = await takeBackup(testWorld(configOf(server, "case_01"), new MemoryStore()));
    expect(tables.map(({ schema, name, rows }) => [schema, name, rows])).toEqual(oddlyNamed);
  });

  test("03: each edit of one value is found", async () => {
    const edits = [...readFileSync(caseFile("03-values.sql"), "utf8").matchAll(/^--\s+(UPDATE v SET .*?;)/gm)];
    expect(edits).toHaveLength(5);
    await using session = await connect(configOf(server, "copy_03"), "copy_03", AbortSignal.timeout(60_000));
    const before = await readContents(session);
    for (const [, edit = ""] of edits) {
      await sql(server, "copy_03", `create table kept as table v; ${edit}`);
      const only = [{ schema: "public", name: "v" }];
      const found = await readContents(session, { only });
      const expected = { ...found, tables: before.tables.filter(({ name }) => name === "v"), sequences: [] };
      expect(compareContents(expected, { ...found, sequences: [] }), edit).toMatchObject([
        { what: "table", name: "public.v" },
      ]);
      await sql(server, "copy_03", "delete from v; insert into v select * from kept; drop table kept");
    }
  });

  test("07: neither the owner nor a reader without BYPASSRLS makes a backup", async () => {
    await sql(server, "postgres", "create database case_07");
    psql("case_07", "07-rls-force.sql");
    for (const user of ["gl_owner", "gl_reader"]) {
      await sql(server, "postgres", `alter role ${user} password '${server.password}'`);
      const store = new MemoryStore();
      const failed = takeBackup(testWorld({ ...configOf(server, "case_07"), user }, store));
      await expect(failed).rejects.toMatchObject({ code: "BACKUP_FAILED", message: expect.stringContaining("notes") });
      expect(store.names()).toEqual([]);
    }
  });

  test("18: subscriptions, slots and prepared transactions do not stand in a backup's way, and no password shows", async () => {
    await sql(server, "postgres", "create database case_18");
    psql("case_18", "18-replication-objects.sql");
    try {
      const store = new MemoryStore();
      const world = testWorld(configOf(server, "case_18"), store);
      const manifest = await takeBackup(world);
      expect(manifest.tables).toMatchObject([{ name: "pub_t", rows: 1 }]);
      expect(JSON.stringify(manifest) + world.lines.join("")).not.toContain("hunter2");
    } finally {
      await sql(server, "case_18", "rollback prepared 'gl_prepared'");
    }
  });
});
