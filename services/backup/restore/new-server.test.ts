import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { type BackedUp, backedUp, psql, schemaOf } from "../testing/backed-up.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { refused } from "../testing/refused.ts";
import { restoreTestWorld } from "../testing/restore-world.ts";
import { configOf, patient, sql, testWorld } from "../testing/test-world.ts";
import { restore } from "./restore.ts";
import { undo } from "./undo.ts";

let server: PostgresServer;

async function tablespace(name: string): Promise<void> {
  const [{ folder } = { folder: "" }] = await sql<{ folder: string }>(
    server,
    "postgres",
    `select current_setting('data_directory') || '_${name}' as folder`,
  );
  await sql(server, "postgres", `copy (select 1) to program 'mkdir ${folder}'`);
  await sql(server, "postgres", `create tablespace ${name} location '${folder}'`);
}

const databaseFacts = (name: string) =>
  sql(
    server,
    "postgres",
    `select shobj_description(d.oid, 'pg_database') as comment, datconnlimit as most, spcname as tablespace, pg_get_userbyid(datdba) as owner,
            (select array_agg(a::text order by a::text) from unnest(datacl) a) as acl,
            (select json_agg(json_build_array(coalesce(r.rolname, ''), s.setconfig) order by r.rolname) from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole where s.setdatabase = d.oid) as settings
       from pg_database d join pg_tablespace t on t.oid = dattablespace where datname = '${name}'`,
  );

describe.skipIf(postgresMissing())("what a server has and a dump does not", patient, () => {
  beforeAll(async () => {
    server = await startPostgres();
    await tablespace("gl_ts");
    await tablespace("gl_fast");
  }, 120_000);
  afterAll(() => server?.stop());

  describe("roles and tablespaces that are gone", () => {
    let one: BackedUp;
    let schema: string;

    beforeAll(async () => {
      await sql(
        server,
        "postgres",
        "create role gl_owner nologin; create role gl_group; create role gl_ro; grant gl_group to gl_ro",
      );
      one = await backedUp(
        server,
        "owned",
        `create schema s authorization gl_owner; create table s.t (x int) tablespace gl_ts; insert into s.t values (1), (2); alter table s.t owner to gl_owner;
         create index on s.t (x) tablespace gl_ts; create unlogged table s.fast (x int); insert into s.fast values (1), (2), (3); alter table s.fast owner to gl_owner;
         grant usage on schema s to gl_group; grant select on s.t to gl_group with grant option; alter table s.t enable row level security; create policy p on s.t to gl_ro using (x > 0);
         alter default privileges for role gl_owner in schema s grant select on tables to gl_group;
         create materialized view s.m tablespace gl_ts as select * from s.t`,
      );
      schema = schemaOf(server, "owned");
      await sql(server, "postgres", "drop database owned");
      await sql(server, "postgres", "drop tablespace gl_ts");
      await sql(server, "postgres", "drop role gl_owner, gl_group, gl_ro");
    }, 120_000);

    test("are named, all of them, before anything is made", async () => {
      const { code, message, hint, details } = await refused(one.into("owned"));
      expect(code).toBe("RESTORE_REFUSED");
      expect(details.findings.filter(({ refuses }) => refuses).map(({ check }) => check)).toEqual([
        "roles",
        "tablespaces",
      ]);
      for (const name of ["gl_group", "gl_owner", "gl_ro", "gl_ts"]) expect(message).toContain(`"${name}"`);
      expect(hint).toMatch(/--create-roles.*--owner.*--no-tablespaces/);
      expect(
        await sql(server, "postgres", "select datname from pg_database where datname ~ '^(owned|golive)'"),
      ).toEqual([]);
    });

    test("an owner instead of theirs does without them, if their rights are left out too", async () => {
      const options = { owner: null, tablespaces: false } as const;
      expect((await refused(one.into("mapped", options))).message).toMatch(/"gl_group".*"gl_ro"/);
      // A policy names its role, whatever becomes of rights.
      expect((await refused(one.into("mapped", { ...options, rights: false }))).message).toMatch(/role "gl_ro" is not/);
    });

    test("made from the backup, they have no login, and every policy and right is back", async () => {
      const report = await one.into("owned", { createRoles: true, tablespaces: false });
      expect(report).toMatchObject({ rows: 7 });
      const roles =
        "select rolname, rolcanlogin, rolsuper, rolpassword from pg_authid where rolname like 'gl_%' order by 1";
      expect(await sql(server, "postgres", roles)).toEqual(
        ["gl_group", "gl_owner", "gl_ro"].map((rolname) => ({
          rolname,
          rolcanlogin: false,
          rolsuper: false,
          rolpassword: null,
        })),
      );
      expect(await sql(server, "owned", "select pg_has_role('gl_ro', 'gl_group', 'member') as in_group")).toEqual([
        { in_group: true },
      ]);
      const elsewhere = (text: string) =>
        text
          .replaceAll(/^SET default_tablespace = .*$/gm, "")
          .replaceAll(/( TABLESPACE|; Tablespace:) gl_ts/g, "")
          .replaceAll(/\n+/g, "\n");
      expect(elsewhere(schemaOf(server, "owned"))).toBe(elsewhere(schema));
      expect(await sql(server, "owned", "select count(*)::int as n from s.fast")).toEqual([{ n: 3 }]);
    });
  });

  test("settings, comment, limit, rights and tablespace of a database come along, and none of its secrets is told", async () => {
    await sql(server, "postgres", `create role "Visit or"; create role keeper`);
    const one = await backedUp(
      server,
      "settled",
      String.raw`create table t (x int); insert into t values (1);
       alter database settled set "app.jwt_secret" = 'hunter2-jwt'; alter database settled set app.dsn = 'postgres://u:hunter2-dsn@h/d'; alter database settled set app.key = E'hunter2-''\\"key;\nALTER';
       alter database settled set search_path = "$user", public, "odd ""one"; alter database settled set datestyle = 'German, DMY'; alter database settled set default_transaction_read_only = on;
       alter database settled set temp_tablespaces = gl_fast; alter role "Visit or" in database settled set app.token = 'hunter2-role'; alter role keeper in database settled set statement_timeout = '7s';
       comment on database settled is E'it''s "ours";\n\\ and ${"`"}theirs${"`"}'; alter database settled connection limit 17; alter database settled owner to keeper;
       revoke all on database settled from public; grant connect on database settled to "Visit or" with grant option; grant temporary on database settled to public`,
      { creating: "tablespace gl_fast" },
    );
    expect(one.manifest.tablespaces).toEqual(["gl_fast"]);
    const before = await databaseFacts("settled");
    const report = await one.into("settled_copy");
    expect(report.warnings.filter((line) => !line.includes("proven"))).toEqual([]);
    expect(await databaseFacts("settled_copy")).toEqual(before);
    expect(JSON.stringify([one.manifest, report, one.lines])).not.toContain("hunter2");

    await one.replace({ noSafetyBackup: "a test" });
    expect(await databaseFacts("settled")).toEqual(before);
    await undo(one.world, { database: "settled" });
    expect(await databaseFacts("settled")).toEqual(before);
  });

  test("a database's own tablespace that is gone is named; without it the default one is taken", async () => {
    await tablespace("gl_gone");
    const one = await backedUp(server, "moved", "create table t (x int); insert into t values (1)", {
      creating: "tablespace gl_gone",
    });
    await sql(server, "postgres", "drop database moved");
    await sql(server, "postgres", "drop tablespace gl_gone");
    expect((await refused(one.into("moved"))).message).toContain('"gl_gone"');
    await one.into("moved", { tablespaces: false });
    expect(await databaseFacts("moved")).toMatchObject([{ tablespace: "pg_default" }]);
  });

  test("what the role that works has set for its sessions ends nothing and changes nothing", async () => {
    await sql(server, "postgres", `create role hasty superuser login password '${server.password}'`);
    const settings = {
      statement_timeout: "'1ms'",
      lock_timeout: "'1ms'",
      idle_session_timeout: "'200ms'",
      idle_in_transaction_session_timeout: "'50ms'",
      default_transaction_read_only: "on",
      default_transaction_isolation: "serializable",
      default_transaction_deferrable: "on",
      datestyle: "'SQL, DMY'",
      intervalstyle: "iso_8601",
      timezone: "'Asia/Kathmandu'",
      extra_float_digits: "-15",
      bytea_output: "escape",
      xmloption: "document",
      xmlbinary: "hex",
      array_nulls: "off",
      transform_null_equals: "on",
      quote_all_identifiers: "on",
      standard_conforming_strings: "off",
      client_encoding: "LATIN1",
      search_path: "nowhere",
      check_function_bodies: "on",
      row_security: "on",
      default_tablespace: "gl_fast",
      synchronize_seqscans: "on",
    };
    const alter = (whose: string) =>
      Object.entries(settings)
        .map(([name, value]) => `alter ${whose} set ${name} = ${value}`)
        .join("; ");
    await sql(server, "postgres", "create database hurried");
    psql(server, "hurried", {
      script: `create table t (id int primary key, a text[], i interval, x xml, b bytea, n int check (n <> 5)); insert into t values (1, '{NULL,"NULL"}', '1 mon -1 day', 'a <b/> c', '\\x00ff', null), (2, '{é,€}', '0', null, '\\x5c', 7);
        create view v as select id, a = null as never from t`,
    });
    await sql(server, "postgres", `${alter("role hasty")}; ${alter("database hurried")}`);
    const config = { ...configOf(server, "hurried"), user: "hasty" };
    const store = new MemoryStore();
    const manifest = await takeBackup(testWorld(config, store));
    // Of the server's roles too: pg_dumpall takes no care of time-outs by itself.
    expect(manifest.warnings).toEqual([]);
    expect(manifest.globals).not.toBeNull();
    const world = restoreTestWorld(config, store);
    const report = await restore(world, {
      choice: { id: manifest.id },
      target: { kind: "into", database: "hurried_copy" },
    });
    expect(report.rows).toBe(2);
    await sql(server, "postgres", "alter role hasty reset all");
    expect(await databaseFacts("hurried_copy")).toMatchObject([{ tablespace: "pg_default" }]);
    await sql(server, "postgres", "alter database hurried reset all; alter database hurried_copy reset all");
    expect(schemaOf(server, "hurried_copy")).toBe(schemaOf(server, "hurried"));
    const rows = "select t::text from t order by id";
    expect(await sql(server, "hurried_copy", rows)).toEqual(await sql(server, "hurried", rows));
  });

  const names = [
    "a=b",
    "dbname='x' host=192.0.2.1",
    "../x",
    "-d",
    `é"'\\;%s$(x) UPPER`,
    `${"ü".repeat(31)}1`,
    "postgres://u:p@192.0.2.1/y",
    " ",
  ];

  test.each(names)("a database named %j: backed up, restored beside, put in its place, and back", async (name) => {
    const one = await backedUp(server, name, "create table t (v text); insert into t values ('old')");
    expect(one.manifest.database).toBe(name);
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const copy = Buffer.byteLength(name) === 63 ? `${name.slice(0, -1)}2` : `${name}+`;
    await one.into(copy);
    expect(await sql(server, copy, "select v from t")).toEqual([{ v: "old" }]);
    await sql(server, name, "update t set v = 'new'");
    await one.replace({ noSafetyBackup: "a test" });
    expect(await sql(server, name, "select v from t")).toEqual([{ v: "old" }]);
    await undo(one.world, { database: name });
    expect(await sql(server, name, "select v from t")).toEqual([{ v: "new" }]);
    await sql(server, "postgres", `drop database ${quoted}`);
  });
});
