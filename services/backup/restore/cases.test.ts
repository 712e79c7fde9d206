import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { type BackedUp, backedUp as makeBackedUp } from "../testing/backed-up.ts";
import { refused } from "../testing/refused.ts";
import { restoreTestWorld } from "../testing/restore-world.ts";
import { configOf, patient, sql } from "../testing/test-world.ts";

/** Databases of kinds that tools of this trade have stumbled over: each backed up, restored, and looked at. */

let server: PostgresServer;

const backedUp = (database: string, script: string, creating = ""): Promise<BackedUp> =>
  makeBackedUp(server, database, script, { creating });

const scratches = async (): Promise<string[]> =>
  (
    await sql<{ datname: string }>(server, "postgres", "select datname from pg_database where datname like 'golive%'")
  ).map((row) => row.datname);

describe.skipIf(postgresMissing())("a database comes back as it was", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({
      databases: [],
      settings: ["wal_level=logical", "max_prepared_transactions=5", "max_replication_slots=5"],
    });
  }, 120_000);
  afterAll(() => server?.stop());

  test("materialized views that need a search_path are named with the cause, and nothing is swapped", async () => {
    const one = await backedUp(
      "matviews",
      `create table docs (id int primary key, body text); insert into docs select g, 'word' || g from generate_series(1, 10) g;
       create function doc_count() returns bigint language sql stable as $$ select count(*) from docs $$;
       create function doc_total() returns bigint language sql stable as $$ select doc_count() * 2 $$;
       create materialized view mv_fn as select doc_total() as n;
       create materialized view mv_text as select word, nentry from ts_stat('select to_tsvector(''simple'', body) from docs');
       create materialized view mv_on_mv as select n + 1 as n1 from mv_fn;
       create materialized view mv_ok as select count(*) as n from public.docs;
       create materialized view mv_never as select id from public.docs with no data`,
    );
    const { code, details, hint } = await refused(one.replace());
    expect(code).toBe("RESTORE_MISMATCH");
    expect(details.failed.map(({ kind, name }) => [kind, name]).sort()).toEqual([
      ["MATERIALIZED VIEW DATA", "public.mv_fn"],
      ["MATERIALIZED VIEW DATA", "public.mv_on_mv"],
      ["MATERIALIZED VIEW DATA", "public.mv_text"],
    ]);
    expect(details.failed.find(({ name }) => name === "public.mv_fn")?.cause).toContain("doc_count() does not exist");
    expect(hint).toMatch(/search_path/);
    expect(await sql(server, "matviews", "select n from mv_fn")).toEqual([{ n: "20" }]);
    expect(await scratches()).toEqual([]);
  });

  test("indexes, generated columns, checks and views that need a search_path are named, and the cure with them", async () => {
    const one = await backedUp(
      "lost_paths",
      `create table words (id int primary key, w text); insert into words values (1, 'a'), (2, 'b');
       create function rank_of(text) returns int language sql immutable as $$ select id from words where w = $1 $$;
       create function weight(text) returns int language plpgsql immutable as $$ begin return (select id from words where w = $1); end $$;
       create function fixed(text) returns int language sql immutable set search_path = public as $$ select id from words where w = $1 $$;
       create table by_index (w text); insert into by_index values ('a'), ('b'); create index by_rank on by_index (rank_of(w)); create unique index by_fixed on by_index (fixed(w));
       create table by_column (w text, r int generated always as (weight(w)) stored); insert into by_column (w) values ('a');
       create table by_check (w text, constraint ranked check (weight(w) > 0)); insert into by_check values ('b');
       create table by_part (w text) partition by list (weight(w)); create table by_part_1 partition of by_part for values in (1); insert into by_part values ('a');
       create materialized view mv as select weight(w) from public.words;
       create subscription sub_prod connection 'host=192.0.2.1 password=hunter2' publication p with (connect = false, slot_name = 'prod')`,
    );
    const { code, details, hint, message } = await refused(one.into("lost_paths_copy"));
    expect(code).toBe("RESTORE_MISMATCH");
    expect(details.failed.map(({ name }) => name).sort()).toEqual([
      "public.by_check",
      "public.by_column",
      "public.by_part_1",
      "public.by_rank",
      "public.mv",
    ]);
    for (const { cause } of details.failed)
      expect(cause).toMatch(/relation "words" does not exist.*in (SQL|PL\/pgSQL) function/);
    expect(hint).toMatch(/search_path/);
    expect(message).not.toContain("hunter2");
    // Nor is the subscription in what was made a reason for it to stay.
    expect(await scratches()).toEqual([]);
    await sql(server, "lost_paths", "alter subscription sub_prod set (slot_name = none)");
    await sql(server, "lost_paths", "drop subscription sub_prod");
  });

  test("tables whose constraints read other tables are named with the rows that are missing", async () => {
    const one = await backedUp(
      "lookups",
      `create table zz_codes (code text primary key); insert into zz_codes values ('eur'), ('usd');
       create function code_ok(c text) returns boolean language plpgsql stable as
         $$ begin return exists (select 1 from public.zz_codes z where z.code = c); end $$;
       create function code_ok_unqualified(c text) returns boolean language plpgsql stable as
         $$ begin return exists (select 1 from zz_codes z where z.code = c); end $$;
       create table aa_orders (id int primary key, code text check (code_ok(code)));
       insert into aa_orders values (1, 'eur'), (2, 'usd');
       create domain cur as text check (code_ok_unqualified(value));
       create table zzz_prices (id int primary key, c cur); insert into zzz_prices values (1, 'eur'), (2, 'usd')`,
    );
    const { code, message, details } = await refused(one.replace());
    expect(code).toBe("RESTORE_MISMATCH");
    expect(details.failed.map(({ name }) => name)).toEqual(["public.aa_orders", "public.zzz_prices"]);
    expect(details.differences.map(({ name, found }) => [name, found.split(" ")[0]])).toEqual([
      ["public.aa_orders", "0"],
      ["public.zzz_prices", "0"],
    ]);
    // Rows of the table belong into no log.
    expect(message).not.toMatch(/eur|usd/);
  });

  test("triggers do not fire, and are on and off as they were", async () => {
    const one = await backedUp(
      "triggers",
      `create table audit (n bigserial, what text);
       create function log_it() returns trigger language plpgsql as $$ begin insert into public.audit (what) values (tg_name); return new; end $$;
       create table t (id int); create table p (id int) partition by range (id); create table p1 partition of p for values from (0) to (100);
       create trigger t_origin after insert on t for each row execute function log_it();
       create trigger t_off after insert on t for each row execute function log_it();
       create trigger t_replica after insert on t for each row execute function log_it();
       create trigger t_always after insert on t for each row execute function log_it();
       create trigger p_trg after insert on p for each row execute function log_it();
       alter table t disable trigger t_off; alter table t enable replica trigger t_replica; alter table t enable always trigger t_always;
       alter table p1 disable trigger p_trg;
       insert into t values (1); insert into p values (1)`,
    );
    await one.into("triggers_copy");
    expect(await sql(server, "triggers_copy", "select count(*)::int as n from audit")).toEqual([{ n: 2 }]);
    const states = "select tgrelid::regclass::text as t, tgname, tgenabled from pg_trigger order by 1, 2";
    expect(await sql(server, "triggers_copy", states)).toEqual(await sql(server, "triggers", states));
  });

  test("sequences go on where they stood", async () => {
    const one = await backedUp(
      "sequences",
      `create sequence s_fresh start 50; create sequence s_used start 50 increment 3; select nextval('s_used');
       create sequence s_down increment -10 maxvalue -1 minvalue -100; select nextval('s_down');
       create sequence s_cycle maxvalue 3 cycle; select setval('s_cycle', 3);
       create sequence s_small as smallint; select setval('s_small', 32766);
       create sequence s_setfalse; select setval('s_setfalse', 42, false);
       create sequence s_odd minvalue -7 start 1 increment 15 cache 20; select setval('s_odd', -7);
       create table t (id serial primary key, v text); insert into t values (5, 'x'); alter sequence t_id_seq restart 1000`,
    );
    await one.into("sequences_copy");
    const next = ["s_fresh", "s_used", "s_down", "s_cycle", "s_small", "s_setfalse", "t_id_seq", "s_odd"];
    const [row] = await sql(
      server,
      "sequences_copy",
      `select array[${next.map((name) => `nextval('${name}')`).join(", ")}]::text[] as n`,
    );
    expect(row?.n).toEqual(["50", "53", "-11", "1", "32767", "42", "1000", "8"]);
  });

  test("bytes that are not UTF-8 stay what they are, and so does the encoding", async () => {
    const one = await backedUp(
      "raw_bytes",
      String.raw`set client_encoding = 'SQL_ASCII';
       create table raw (id int primary key, t text);
       insert into raw values (1, E'\xc3\xa9'), (2, E'\xe9'), (3, E'\xff\x5c');
       comment on table raw is E'latin \xe9'`,
      "encoding 'SQL_ASCII' locale 'C' template template0",
    );
    await one.into("raw_copy");
    const [bytes] = await sql(
      server,
      "raw_copy",
      "select array_agg(encode(convert_to(t, 'SQL_ASCII'), 'hex') order by id) as hex, min(current_setting('server_encoding')) as encoding from raw",
    );
    expect(bytes).toEqual({ hex: ["c3a9", "e9", "ff5c"], encoding: "SQL_ASCII" });
  });

  test("the provider and locale of a database come back, with names that its collation takes for one", async () => {
    const one = await backedUp(
      "icu",
      `create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       create table names (n text collate ci, k int, primary key (n, k));
       insert into names values ('Ada', 1), ('ADA', 2), ('ada', 3), ('Éa', 4), ('ea', 5)`,
      "encoding 'UTF8' locale_provider icu icu_locale 'und' locale 'C.UTF-8' template template0",
    );
    await one.into("icu_copy");
    expect(
      await sql(
        server,
        "postgres",
        "select datlocprovider as p, daticulocale as l from pg_database where datname = 'icu_copy'",
      ),
    ).toEqual([{ p: "i", l: "und" }]);
  });

  test("a row of a child is not a row of its parent", async () => {
    const one = await backedUp(
      "inheritance",
      `create table animal (id int, name text default 'x'); create table cat (lives int) inherits (animal);
       create table dog (id int, good boolean) inherits (animal); create table both_ () inherits (cat, dog);
       insert into animal values (1, 'a'); insert into cat values (500, 'c', 9), (501, 'c2', 8);
       insert into dog values (2, 'd', true); insert into both_ values (3, 'b', 1, false)`,
    );
    expect(await one.into("inheritance_copy")).toMatchObject({ tables: 4, rows: 5 });
    const only = "select array[(select count(*) from only animal), (select count(*) from only cat)]::int[] as n";
    expect(await sql(server, "inheritance_copy", only)).toEqual([{ n: [1, 2] }]);
  });

  test("constraints that today's rows would break are as unchecked as before, and circles close", async () => {
    const one = await backedUp(
      "circles",
      `create table a (id int primary key, b_id int); create table b (id int primary key, a_id int);
       alter table a add foreign key (b_id) references b deferrable initially deferred; alter table b add foreign key (a_id) references a;
       begin; insert into a values (1, 1); insert into b values (1, 1); commit;
       create table legacy (id int primary key, a_id int, qty int); insert into legacy values (1, 999, -5);
       alter table legacy add constraint legacy_fk foreign key (a_id) references a not valid;
       alter table legacy add constraint legacy_qty check (qty > 0) not valid;
       create view v_dep as select id, qty from legacy group by id;
       create extension btree_gist; create table booking (room int, during tsrange, exclude using gist (room with =, during with &&));
       insert into booking values (1, '[2026-01-01,2026-01-02)'), (1, '[2026-01-02,infinity)'), (1, 'empty')`,
    );
    await one.into("circles_copy");
    const constraints = "select conname, contype, convalidated, condeferrable from pg_constraint order by 1";
    expect(await sql(server, "circles_copy", constraints)).toEqual(await sql(server, "circles", constraints));
  });

  test("a copy subscribes to nothing; a prepared transaction keeps the live database, and is told beforehand", async () => {
    const one = await backedUp(
      "replicated",
      `create table pub_t (id int primary key, v text); insert into pub_t values (1, 'a');
       create publication p_all for all tables;
       create subscription sub_prod connection 'host=192.0.2.1 port=5432 dbname=prod user=repl password=hunter2 connect_timeout=2'
         publication p_all with (connect = false, slot_name = 'prod_slot');
       select pg_create_logical_replication_slot('gl_slot', 'pgoutput');
       begin; insert into pub_t values (2, 'in doubt'); prepare transaction 'gl_prepared'`,
    );
    try {
      const before = performance.now();
      const { code, details, message } = await refused(one.replace());
      expect(code).toBe("RESTORE_REFUSED");
      expect(performance.now() - before).toBeLessThan(30_000);
      expect(message).toContain('"gl_prepared"');
      expect(details.findings.filter(({ check }) => check === "replication").map(({ text }) => text)).toEqual([
        expect.stringContaining("gl_prepared"),
        expect.stringContaining("gl_slot"),
        expect.stringContaining("sub_prod"),
        expect.stringContaining("come disabled"),
      ]);
      const report = await one.into("replicated_copy");
      expect(
        await sql(
          server,
          "replicated_copy",
          "select subname, subenabled from pg_subscription s join pg_database d on d.oid = subdbid and datname = current_database()",
        ),
      ).toEqual([{ subname: "sub_prod", subenabled: false }]);
      expect(await sql(server, "replicated_copy", "select pubname from pg_publication")).toEqual([
        { pubname: "p_all" },
      ]);
      expect(JSON.stringify([report, details, one.lines])).not.toContain("hunter2");
      expect(await scratches()).toEqual([]);
    } finally {
      await sql(server, "replicated", "rollback prepared 'gl_prepared'");
    }
    // The slot and the subscription stay with the replaced database, and go only when somebody says so.
    const replaced = await one.replace();
    const { drop } = await import("./drop.ts");
    const world = restoreTestWorld(configOf(server, "replicated"), one.store);
    expect(await refused(drop(world, replaced.kept as string))).toMatchObject({
      code: "RESTORE_REFUSED",
      message: expect.stringMatching(/gl_slot.*sub_prod/),
    });
    expect(await drop(world, replaced.kept as string, true)).toMatchObject({
      with: [expect.any(String), expect.any(String)],
    });
    expect(await sql(server, "postgres", "select slot_name from pg_replication_slots")).toEqual([]);
    for (const name of ["replicated_copy", "replicated"])
      await sql(server, name, "alter subscription sub_prod set (slot_name = none)").then(() =>
        sql(server, name, "drop subscription sub_prod"),
      );
  });

  test("a foreign server that does not answer is not asked, and its password is nowhere to be read", async () => {
    const one = await backedUp(
      "foreign_dead",
      `create extension postgres_fdw;
       create server dead foreign data wrapper postgres_fdw options (host '192.0.2.1', port '5432', dbname 'x', connect_timeout '2');
       create user mapping for public server dead options (user 'u', password 'hunter2-fdw');
       create foreign table remote_t (id int, v text) server dead options (table_name 't');
       create table local_t (id int primary key); insert into local_t values (1), (2);
       create table parted (id int, v text) partition by range (id); create table parted_local partition of parted for values from (0) to (10);
       create foreign table parted_remote partition of parted for values from (10) to (20) server dead options (table_name 't');
       insert into parted values (1, 'here');
       create materialized view mv_remote as select * from remote_t with no data`,
    );
    const begun = performance.now();
    const report = await one.into("foreign_copy");
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(report).toMatchObject({ rows: 3 });
    expect(JSON.stringify([report, one.lines])).not.toContain("hunter2-fdw");
  });
});
