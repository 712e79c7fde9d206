import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { configOf, patient, sql } from "../testing/test-world.ts";
import { type Contents, compareContents, readContents } from "./contents.ts";
import { relationName } from "./relation-name.ts";
import { connect } from "./session.ts";

const signal = new AbortController().signal;
let server: PostgresServer;
let made = 0;

/** A database of its own for a test, with these statements run in it. */
async function database(statements: string, options = ""): Promise<string> {
  const name = `t${++made}`;
  await sql(server, "postgres", `create database ${name} ${options}`);
  await sql(server, name, statements);
  return name;
}

async function contents(name: string, user?: string): Promise<Contents> {
  await using session = await connect({ ...configOf(server, name), ...(user ? { user } : {}) }, name, signal);
  await session.query("begin transaction isolation level repeatable read, read only");
  return await readContents(session);
}

const counts = ({ tables }: Contents): string[] => tables.map((table) => `${relationName(table)} ${table.rows}`);
const hashOf = async (name: string, table = "t"): Promise<string | null | undefined> =>
  (await contents(name)).tables.find((one) => one.name === table)?.hash;

describe.skipIf(postgresMissing())("the contents of a database", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["values"] });
    await sql(
      server,
      "values",
      `create type pair as (a int, b int); create type mood as enum ('sad', ''); create domain amount as numeric;
       create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    );
  }, 120_000);
  afterAll(() => server?.stop());

  test("names that need quotes are all there, and none runs into another", async () => {
    const names = [
      " lead ",
      "%s",
      "*",
      "select",
      "Case",
      "case",
      "CASE",
      `q"q`,
      "-t",
      "new\nline",
      "pg_like",
      "$1",
      "back\\slash",
    ];
    const twins = ["é".repeat(31), `${"é".repeat(30)}è`];
    const tables = [...names, ...twins].map(
      (name) =>
        `create table "s p"."${name.replaceAll('"', '""')}" ("${name.replaceAll('"', '""').slice(0, 20)}" int);`,
    );
    const name = await database(`create schema "s p"; create schema "a.b"; create schema a; create schema pg;
      ${tables.join("\n")}
      create table "a.b".c (x int); insert into "a.b".c select generate_series(1, 4);
      create table a."b.c" (x int); insert into a."b.c" select generate_series(1, 5);
      create table pg.pg_class (x int); insert into pg.pg_class values (1)`);
    const read = await contents(name);
    expect(new Set(read.tables.map(({ schema, name: table }) => JSON.stringify([schema, table]))).size).toBe(
      names.length + 5,
    );
    expect(counts(read)).toEqual(expect.arrayContaining([`"a.b".c 4`, `a."b.c" 5`, "pg.pg_class 1", `"s p"."q""q" 0`]));
  });

  test("tables without columns, with dropped ones and with generated ones alone have their rows", async () => {
    const name = await database(`create table none (); insert into none default values; insert into none default values;
      create table made (x int generated always as (1) stored); insert into made default values;
      create table dropped (a int, b int, c int); insert into dropped values (1, 2, 3); alter table dropped drop column b;
      create table ids (id int generated always as identity, v text); insert into ids (v) values ('a'), ('b')`);
    expect(counts(await contents(name))).toEqual([
      "public.dropped 1",
      "public.ids 2",
      "public.made 1",
      "public.none 2",
    ]);
    const same = await database("create table dropped (c int, a int); insert into dropped values (3, 1)");
    expect(await hashOf(same, "dropped")).toBe(await hashOf(name, "dropped"));
  });

  test("settings of database and role change no hash", async () => {
    const table = `create table t (id int, f float8, r float4, n numeric, at timestamptz, d date, i interval, b bytea, m money, a text[]);
      insert into t values (1, 0.1 + 0.2, 1.1, 1.10, '0044-03-15 12:00:00+01 BC', 'infinity', '-1 day 25:00:00.5', '\\x00ff', '12.34', '{a,NULL,"b c"}');`;
    const [plain, set] = [await database(table), await database(table)];
    const settings = {
      datestyle: "'German, DMY'",
      timezone: "'Asia/Tokyo'",
      extra_float_digits: "-10",
      bytea_output: "escape",
      intervalstyle: "sql_standard",
      search_path: "nowhere",
      lc_monetary: "'C.UTF-8'",
    };
    for (const [key, value] of Object.entries(settings))
      await sql(
        server,
        "postgres",
        `alter database ${set} set ${key} = ${value}; alter role postgres in database ${set} set ${key} = ${value}`,
      );
    expect(await hashOf(set)).toBe(await hashOf(plain));
  });

  test.each([
    ["the sign of zero", "float8", "'-0'", "'0'"],
    ["the scale of a number", "numeric", "1.0", "1.00"],
    ["the text of json", "json", `'{"a":1,"a":2}'`, `'{"a":2}'`],
    ["the last place of a float", "float8", "0.1::float8 + 0.2", "0.3"],
    ["an interval that is equal", "interval", "'1 month'", "'30 days'"],
    ["a bigint whose halves change places", "int8", "4294967296", "1"],
    ["the sign of a bigint", "int8", "-1", "1"],
    ["null and an empty text", "text", "null", "''"],
    ["null and zero", "int4", "null", "0"],
    ["null and false", "bool", "null", "false"],
    ["null and the zero id", "uuid", "null", "'00000000-0000-0000-0000-000000000000'"],
    ["null and an empty array", "int[]", "null", "'{}'"],
    ["an array and its text's twin", "text[]", "'{NULL}'", `'{"NULL"}'`],
    ["a composite of nulls and null", "pair", "'(,)'", "null"],
    ["blanks at the end", "text", "'a '", "'a'"],
    ["blanks at the end of a character without length", "bpchar", "'a '", "'a'"],
    ["letters that a collation takes for equal", "text collate blind", "'ada'", "'ADA'"],
    ["an enum", "mood", "'sad'", "''"],
    ["a domain", "amount", "1.0", "1.00"],
    ["bytes", "bytea", "'\\x00ff'", "'\\x00fe'"],
    ["a microsecond", "timestamptz", "'2026-01-01 00:00:00.000001Z'", "'2026-01-01Z'"],
    ["a network's width", "inet", "'10.0.0.1/8'", "'10.0.0.1'"],
  ])("%s changes the hash", async (_what, type, one, other) => {
    const table = `v${++made}`;
    await sql(
      server,
      "values",
      `create table ${table} (id int, v ${type}, w text); insert into ${table} select g, ${one}, 'w' from generate_series(1, 3) g`,
    );
    await using session = await connect(configOf(server, "values"), "values", signal);
    const hash = async (value?: string): Promise<string | null | undefined> => {
      if (value !== undefined) await sql(server, "values", `update ${table} set v = ${value} where id = 2`);
      return (await readContents(session, { only: [{ schema: "public", name: table }] })).tables[0]?.hash;
    };
    const before = await hash();
    expect(before).toMatch(/^h1:-?\d+$/);
    expect(await hash(other)).not.toBe(before);
    expect(await hash(one)).toBe(before);
  });

  test("the order of rows does not matter; what stands in which row and column does", async () => {
    const variants = {
      same: "(3, 4, 'y'), (1, 2, 'x'), (3, 4, 'y')",
      swapped: "(1, 4, 'x'), (3, 2, 'y'), (3, 4, 'y')",
      turned: "(2, 1, 'x'), (3, 4, 'y'), (3, 4, 'y')",
      doubled: "(1, 2, 'x'), (1, 2, 'x'), (3, 4, 'y')",
      moved: "(1, 2, 'y'), (3, 4, 'x'), (3, 4, 'y')",
      fewer: "(1, 2, 'x')",
    };
    const name = await database(
      Object.entries({ first: "(1, 2, 'x'), (3, 4, 'y'), (3, 4, 'y')", ...variants })
        .map(([table, rows]) => `create table ${table} (a int, b int, c text); insert into ${table} values ${rows};`)
        .join("\n"),
    );
    const hashes = new Map((await contents(name)).tables.map(({ name: table, hash }) => [table, hash]));
    expect(hashes.get("same")).toBe(hashes.get("first"));
    expect(new Set(hashes.values()).size).toBe(hashes.size - 1);
  });

  test("a table that inherits may have its columns in another order after a restore", async () => {
    const name = await database(`create table one (a int, b text); insert into one values (1, 'x');
      create table two (b text, a int); insert into two values ('x', 1)`);
    expect(await hashOf(name, "one")).toBe(await hashOf(name, "two"));
  });

  test("a table has its own rows, not those of tables that inherit or partition it", async () => {
    const name = await database(`create table animal (id int); create table cat (lives int) inherits (animal);
      insert into animal values (1); insert into cat values (2, 9), (3, 9);
      create table parted (x int) partition by range (x); create table part partition of parted for values from (0) to (9); insert into parted values (1)`);
    expect(counts(await contents(name))).toEqual(["public.animal 1", "public.cat 2", "public.part 1"]);
    const before = await hashOf(name, "animal");
    await sql(
      server,
      name,
      "with gone as (delete from cat where id = 2 returning id) insert into animal select id from gone",
    );
    expect(await hashOf(name, "animal")).not.toBe(before);
  });

  test("a foreign table behind a dead server is not asked for, not even through its root", async () => {
    const name = await database(`create extension postgres_fdw;
      create server dead foreign data wrapper postgres_fdw options (host '192.0.2.1', connect_timeout '2');
      create user mapping for public server dead options (user 'u', password 'p');
      create foreign table remote (x int) server dead;
      create table parted (x int) partition by range (x); create table near partition of parted for values from (0) to (9);
      create foreign table far partition of parted for values from (9) to (20) server dead; insert into parted values (1);
      create materialized view never as select * from remote with no data`);
    const began = performance.now();
    const read = await contents(name);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(read.tables.map(({ name: table, rows, hash }) => [table, rows, hash !== null])).toEqual([
      ["near", 1, true],
      ["never", 0, false],
    ]);
  });

  test("another session's temporary table is skipped", async () => {
    const name = await database("create table t (x int)");
    const { default: pg } = await import("pg");
    const other = new pg.Client({ ...configOf(server, name), ssl: false });
    await other.connect();
    try {
      await other.query("create temporary table passing (x int); insert into passing values (1)");
      expect(counts(await contents(name))).toEqual(["public.t 0"]);
    } finally {
      await other.end();
    }
  });

  test("1600 columns are hashed, and the last of them counts", async () => {
    const columns = Array.from({ length: 1600 }, (_, at) => `c${at + 1} int`).join(", ");
    const name = await database(`create table t (${columns}); insert into t (c1, c1600) values (1, 2)`);
    const before = await hashOf(name);
    for (const change of ["c1600 = 3", "c1600 = null", "c1 = 2", "c800 = 0"]) {
      await sql(server, name, `update t set ${change}`);
      expect(await hashOf(name), change).not.toBe(before);
      await sql(server, name, "update t set c1 = 1, c800 = null, c1600 = 2");
    }
    expect(await hashOf(name)).toBe(before);
  });

  test("rows of 120 MB each stay on the server", async () => {
    const name = await database(
      "create table t (id int, v text); insert into t select g, repeat('x', 120000000) from generate_series(1, 10) g",
    );
    const before = process.memoryUsage().rss;
    expect(counts(await contents(name))).toEqual(["public.t 10"]);
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(100);
    await sql(server, "postgres", `drop database ${name}`);
  });

  test("a value whose text Postgres cannot make is told with its table's name", async () => {
    const name =
      await database(`create table "Huge" (b bytea); insert into "Huge" values (decode(repeat('00', 100000000), 'hex'));
      update "Huge" set b = b || b; update "Huge" set b = b || b; update "Huge" set b = b || substr(b, 1, 150000000)`);
    await expect(contents(name)).rejects.toMatchObject({
      code: "BACKUP_FAILED",
      message: expect.stringMatching(/^public\."Huge" cannot be read: invalid memory alloc request size/),
    });
    await sql(server, "postgres", `drop database ${name}`);
  });

  test("row security is an error with the table's name, not a part of the rows", async () => {
    const name = await database(`create role tenant login password '${server.password}'; create table notes (t name);
      insert into notes values ('tenant'), ('b'); grant select on notes to tenant; alter table notes enable row level security;
      alter table notes force row level security; create policy own on notes using (t = current_user)`);
    await expect(contents(name, "tenant")).rejects.toMatchObject({
      message: expect.stringMatching(/^public\.notes cannot be read: .*row-level security/),
      hint: expect.stringContaining("BYPASSRLS"),
    });
    expect(counts(await contents(name))).toEqual(["public.notes 2"]);
  });

  test("sequences are read as they stand, and stand where they stood", async () => {
    const name =
      await database(`create sequence fresh start 50; create sequence used start 50 increment 3; select nextval('used');
      create sequence down increment -10 maxvalue -1 minvalue -100; create sequence big; select setval('big', 9223372036854775806);
      create sequence set; select setval('set', 42, false)`);
    const expected = [
      "big 9223372036854775806 true",
      "down -1 false",
      "fresh 50 false",
      "set 42 false",
      "used 50 true",
    ];
    const read = async () =>
      (await contents(name)).sequences.map((one) => `${one.name} ${one.lastValue} ${one.called}`);
    expect(await read()).toEqual(expected);
    expect(await read()).toEqual(expected);
  });

  test("large objects count by number and content, holes as zeros", async () => {
    const name =
      await database(`select lo_create(7), lo_create(8), lo_create(9); select lo_put(7, 0, repeat('0123456789abcdef', 4096)::bytea);
      select lo_put(7, 200000, '\\x00ff'); select lo_put(8, 0, 'orphan'); select lo_put(9, 0, repeat('x', 9000000)::bytea)`);
    const { largeObjects } = await contents(name);
    expect(largeObjects.count).toBe(3);
    await sql(server, name, "select lo_put(7, 150000, '\\x0000')");
    expect((await contents(name)).largeObjects).toEqual(largeObjects);
    await sql(server, name, "select lo_put(9, 8999999, 'y')");
    expect((await contents(name)).largeObjects).not.toEqual(largeObjects);
    await sql(
      server,
      name,
      "select lo_put(9, 8999999, 'x'); select lo_unlink(8); select lo_create(10); select lo_put(10, 0, 'orphan')",
    );
    expect((await contents(name)).largeObjects.hash).not.toBe(largeObjects.hash);
  });

  test("bytes that are not UTF-8 are hashed as they are", async () => {
    const options = "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0";
    const make = (last: string) =>
      database(`create table t (t text); insert into t values (E'\\xc3\\xa9'), (E'\\xe9'), (E'${last}')`, options);
    const [one, two, other] = [await make("\\xff\\x5c"), await make("\\xff\\x5c"), await make("\\xfe\\x5c")];
    expect(counts(await contents(one))).toEqual(["public.t 3"]);
    expect(await hashOf(two)).toBe(await hashOf(one));
    expect(await hashOf(other)).not.toBe(await hashOf(one));
  });

  test("the database's collation changes no hash", async () => {
    const rows =
      "create table t (n text, v varchar(9), c char(5)); insert into t values ('Ada', 'é', 'x'), ('ADA', 'E', 'X'), ('_', '-b', '')";
    const icu = await database(rows, "template template0 locale_provider icu icu_locale 'und' locale 'C.UTF-8'");
    const libc = await database(rows, "template template0 locale 'C'");
    expect(await hashOf(icu)).toBe(await hashOf(libc));
  });

  test("a cast of the application's own is never called", async () => {
    const name = await database(`create type secretive as (a int);
      create function shout(secretive) returns text language plpgsql as $$ begin raise exception 'called'; end $$;
      create cast (secretive as text) with function shout(secretive) as implicit;
      create function public.count(bigint) returns int language sql as 'select 0';
      create table t (v secretive); insert into t values (row(1))`);
    expect(counts(await contents(name))).toEqual(["public.t 1"]);
  });

  test("of a few relations alone, the others and the large objects are left out", async () => {
    const name = await database(
      "create table a (x int); create table b (x int); create sequence s; select lo_create(0)",
    );
    await using session = await connect(configOf(server, name), name, signal);
    const read = await readContents(session, {
      only: [
        { schema: "public", name: "b" },
        { schema: "public", name: "s" },
      ],
    });
    expect({ tables: counts(read), sequences: read.sequences.length, objects: read.largeObjects.count }).toEqual({
      tables: ["public.b 0"],
      sequences: 1,
      objects: 0,
    });
  });
});

const table = { schema: "a.b", name: "c", kind: "table", rows: 1, hash: "h1:5", bytes: 10 } as const;
const base: Contents = {
  tables: [
    table,
    { ...table, schema: "a", name: "b.c" },
    { ...table, name: "view", kind: "materialized view", hash: null, rows: 0 },
  ],
  sequences: [{ schema: "public", name: "s", lastValue: "5", called: true }],
  largeObjects: { count: 0, hash: "h1:0" },
};

test("equal contents have no difference, whatever their size on disk", () => {
  expect(compareContents(base, { ...base, tables: base.tables.map((one) => ({ ...one, bytes: 99 })) })).toEqual([]);
});

test("every kind of difference is told, and names stay apart", () => {
  const [first, second, view] = base.tables;
  const found = {
    tables: [
      { ...first, hash: "h1:6" },
      { ...second, name: "new", rows: 2 },
      { ...view, hash: "h1:1", rows: 4 },
    ],
    sequences: [{ schema: "public", name: "s", lastValue: "5", called: false }],
    largeObjects: { count: 1, hash: "h1:9" },
  } as Contents;
  expect(compareContents(base, found)).toEqual([
    { what: "table", name: `"a.b".c`, expected: "1 row (h1:5)", found: "1 row (h1:6)" },
    { what: "table", name: `a."b.c"`, expected: "1 row (h1:5)", found: "none" },
    { what: "materialized view", name: `"a.b".view`, expected: "not filled", found: "filled" },
    { what: "table", name: "a.new", expected: "none", found: "2 rows (h1:5)" },
    { what: "sequence", name: "public.s", expected: "last value 5", found: "last value 5, not called yet" },
    { what: "large objects", name: "large objects", expected: "0 (h1:0)", found: "1 (h1:9)" },
  ]);
});

test("a materialized view that a restore filled from newer tables is no difference", () => {
  const filled = (rows: number) => ({
    ...base,
    tables: [{ ...table, kind: "materialized view" as const, rows, hash: `h1:${rows}` }],
  });
  expect(compareContents(filled(3), filled(4))).toEqual([]);
});
