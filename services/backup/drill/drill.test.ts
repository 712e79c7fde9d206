import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PostgresServer, postgresBin, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { type Complete, readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { type Manifest, writeManifest } from "../catalogue/manifest.ts";
import type { RecordOf } from "../catalogue/records.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { StoreError } from "../storage/object-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { childrenNamed, configOf, patient, sql, strangerSigner, testKeys, testWorld } from "../testing/test-world.ts";
import { type DrillOptions, type DrillWorld, drill } from "./drill.ts";
import { drillText } from "./outcome.ts";
import { drillRecovered } from "./recovered.ts";

/** What is easily lost: owners, groups, rights, large objects, sequences, an extension, a view with rows, an odd database name. */
const database = 'o"d d=b';
const content = `
  create role gd_owner; create role gd_reader; create role gd_group; grant gd_group to gd_owner;
  create extension citext;
  create schema shop authorization gd_owner;
  set role gd_owner;
  create table shop.orders (id int generated always as identity primary key, email public.citext, total numeric(10,2) not null);
  create table shop.lines (id serial primary key, orders int not null references shop.orders, note text);
  insert into shop.orders (email, total) select 'A' || g || '@Example.org', g * 1.25 from generate_series(1, 2000) g;
  insert into shop.lines (orders, note) select g, repeat(md5(g::text), 8) from generate_series(1, 2000) g;
  create materialized view shop.sums as select count(*) n, sum(total) total from shop.orders;
  grant select on shop.orders to gd_reader;
  alter default privileges in schema shop grant select on tables to gd_reader;
  alter table shop.orders enable row level security;
  create policy mine on shop.orders to gd_group using (email = current_user);
  reset role;
  create function public.noted() returns event_trigger language plpgsql as $$ begin end $$;
  create event trigger noted on ddl_command_end execute function public.noted();
  alter event trigger noted disable;
  create role gd_super superuser; alter event trigger noted owner to gd_super;
  select lo_from_bytea(4711, decode(repeat('ab', 3000), 'hex'));
  alter large object 4711 owner to gd_owner`;

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "drill-"));
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(postgresMissing())("a drill", patient, () => {
  let server: PostgresServer;
  let taken: MemoryStore;
  let manifest: Manifest;
  let older: Manifest;

  beforeAll(async () => {
    server = await startPostgres({ databases: [database] });
    await sql(server, database, content);
    taken = new MemoryStore();
    older = await takeBackup(testWorld(configOf(server, database), taken));
    await sql(server, database, "insert into shop.orders (email, total) values ('last@example.org', 7)");
    manifest = await takeBackup(testWorld(configOf(server, database), taken));
  }, 180_000);
  afterAll(() => server?.stop());

  /** The same backups in a store of a test's own. */
  function store(): MemoryStore {
    const copy = new MemoryStore();
    for (const [key, body] of taken.objects) copy.objects.set(key, Buffer.from(body));
    return copy;
  }

  function worldOf(
    from: MemoryStore,
    more: Partial<DrillWorld> = {},
    config: Partial<DrillWorld["config"]> = {},
  ): DrillWorld & { lines: string[] } {
    const { signer, trusted, identities } = testKeys();
    const lines: string[] = [];
    return {
      stores: [from],
      identities: identities.slice(0, 1),
      signer,
      trusted,
      config: {
        scratch: join(root, "s"),
        serverPrograms: "/usr/lib/postgresql",
        user: "postgres",
        invariants: undefined,
        invariantsDatabase: undefined,
        invariantSeconds: 30,
        jobs: 2,
        ...config,
      },
      now: () => new Date(),
      report: (line) => lines.push(line),
      signal: new AbortController().signal,
      lines,
      ...more,
    };
  }
  const latest: DrillOptions = { database, choice: "latest" };

  function resign(from: MemoryStore, change: (manifest: Manifest) => Manifest): void {
    from.objects.set(keyOf(manifest, "manifest"), writeManifest(change(structuredClone(manifest)), testKeys().signer));
  }

  async function entryOf(from: MemoryStore, id = manifest.id): Promise<Complete> {
    const [entry] = await readCatalogue(from, { trusted: testKeys().trusted, database, id });
    if (entry?.state !== "complete") throw new Error(`${id} is ${entry?.state}`);
    return entry;
  }
  const drills = (entry: Complete) =>
    entry.records.filter((record): record is RecordOf<"drilled"> => record.kind === "drilled");

  /** Neither files nor processes, whatever the drill came to. */
  function expectNothingLeft(): void {
    expect(readdirSync(root, { recursive: true }).filter((name) => String(name) !== "s")).toEqual(
      expect.not.arrayContaining([expect.stringContaining("golive-drill")]),
    );
    expect(
      [...childrenNamed("postgres"), ...childrenNamed("pg_restore"), ...childrenNamed("initdb")].filter((pid) =>
        isOf(pid, root),
      ),
    ).toEqual([]);
  }
  function isOf(pid: number, path: string): boolean {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(path);
    } catch {
      return false;
    }
  }

  function invariants(files: Readonly<Record<string, string>>): string {
    const folder = join(root, "invariants");
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }

  test("green: all is as the manifest says; the time to recover is measured, the record is signed and counts", async () => {
    const from = store();
    const folder = invariants({
      "totals.sql": "-- no order is free\nselect * from shop.orders where total <= 0;\n",
      "lines.sql":
        "with l as (select orders from shop.lines) select * from l where orders not in (select id from shop.orders)",
      "README.md": "no invariant",
    });
    const now = new Date(Date.parse(manifest.started) + 3_600_000);
    const world = worldOf(from, { now: () => now }, { invariants: folder });
    const outcome = await drill(world, latest);

    expect(outcome).toMatchObject({
      problem: null,
      differences: [],
      outcome: "passed",
      blame: null,
      id: manifest.id,
      plane: "dump",
      recoveryPointSeconds: 3600,
      rows: 4002,
    });
    expect(outcome.invariants.map(({ name, passed }) => [name, passed])).toEqual([
      ["lines", true],
      ["totals", true],
    ]);
    expect(outcome.recipient).toBe(testKeys().recipients[0]);
    expect(outcome.warnings).toEqual([]);
    const {
      start = 0,
      fetch,
      restore,
      compare,
      invariants: asked = 0,
      total,
    } = outcome.phases ?? { fetch: 0, restore: 0, compare: 0, total: 0 };
    for (const step of [start, fetch, restore, compare, asked]) expect(step).toBeGreaterThan(0);
    expect(start + fetch + restore + compare + asked).toBeLessThanOrEqual(total + 0.01);
    expect(drillText(outcome)).toMatch(
      /^drill of backup .*: green.*\ncompared: 4,002 rows in .*\ninvariants: 2 of 2 hold\ntime to recover: .*\nrecovery point: the backup was 1 h 0 min old\nopened with the identity of age1/,
    );

    const entry = await entryOf(from);
    expect(drills(entry)).toMatchObject([
      { outcome: "passed", recipient: outcome.recipient, phases: outcome.phases, serverVersion: outcome.serverVersion },
    ]);
    expect(standingOf(entry)).toMatchObject({ drilled: now, proven: now, failed: undefined });
    expect(standingOf(entry).leased?.by).toBe("drill");
    expectNothingLeft();
  });

  test("a database that is called as one that every server has", async () => {
    const from = new MemoryStore();
    await takeBackup(testWorld(configOf(server, "postgres"), from));
    const outcome = await drill(worldOf(from), { choice: "due" });
    expect(outcome).toMatchObject({ problem: null, outcome: "passed", database: "postgres", rows: 0 });
  });

  test("the escrow identity alone is enough, and the record tells that it was used", async () => {
    const from = store();
    const { identities, recipients } = testKeys();
    const outcome = await drill(worldOf(from, { identities: identities.slice(1, 2) }), latest);
    expect(outcome).toMatchObject({ outcome: "passed", recipient: recipients[1] });
    expect(drills(await entryOf(from))).toMatchObject([{ recipient: recipients[1] }]);
  });

  test("twice: what is due is another one each time, and both records stay", async () => {
    const from = store();
    const due: DrillOptions = { database, choice: "due" };
    const first = await drill(worldOf(from), due);
    const second = await drill(worldOf(from), due);
    expect([first.id, second.id]).toEqual([manifest.id, older.id]);
    const again = await drill(worldOf(from), { database, choice: { id: manifest.id } });
    expect(again.outcome).toBe("passed");
    expect(drills(await entryOf(from))).toHaveLength(2);
    expectNothingLeft();
  });

  describe("red, because of the backup", () => {
    test("a flipped bit in the dump", async () => {
      const from = store();
      const body = from.objects.get(keyOf(manifest, "dump")) as Buffer;
      body[body.length - 500] = (body[body.length - 500] as number) ^ 4;
      const world = worldOf(from);
      const outcome = await drill(world, latest);
      expect(outcome).toMatchObject({ outcome: "failed", blame: "backup", phases: null });
      // The known good one was restored, or the drill would blame itself.
      expect(world.lines).toContainEqual(expect.stringMatching(/known to be good/));
      expect(standingOf(await entryOf(from))).toMatchObject({ proven: undefined, failed: outcome.problem });
      expect(drillText(outcome)).toMatch(/RED.*\nproblem: /);
      expectNothingLeft();
    });

    test("a manifest that counts another row", async () => {
      const from = store();
      resign(from, (one) => {
        for (const table of one.tables) if (table.name === "lines") table.rows++;
        return one;
      });
      const outcome = await drill(worldOf(from), latest);
      expect(outcome).toMatchObject({ outcome: "failed", blame: "backup" });
      expect(outcome.differences).toEqual([expect.stringMatching(/lines.*2000.*2001/)]);
      expectNothingLeft();
    });

    test("a manifest with another sequence and other large objects", async () => {
      const from = store();
      resign(from, (one) => ({
        ...one,
        sequences: one.sequences.map((sequence) => ({
          ...sequence,
          lastValue: sequence.name.startsWith("lines") ? "9" : sequence.lastValue,
        })),
        largeObjects: { ...one.largeObjects, count: 5 },
      }));
      const { blame, differences } = await drill(worldOf(from), latest);
      expect(blame).toBe("backup");
      expect(differences).toEqual([
        expect.stringMatching(/sequence.*lines_id_seq/),
        expect.stringMatching(/large objects/),
      ]);
    });

    test("another schema's SQL is worth a look and no fault", async () => {
      const from = store();
      resign(from, (one) => ({ ...one, schemaHash: "0".repeat(64) }));
      const { outcome, warnings } = await drill(worldOf(from), latest);
      expect({ outcome, warnings }).toEqual({ outcome: "passed", warnings: [expect.stringMatching(/schema's SQL/)] });
    });

    test("violated invariants, with how many rows violate them and without what is in those", async () => {
      const from = store();
      const folder = invariants({
        "few.sql": "select * from shop.orders where id <= 2 order by id; -- the first two",
        "many.sql": "select id from shop.orders order by id",
        "fine.sql": "select 1 where false",
      });
      const outcome = await drill(worldOf(from, {}, { invariants: folder }), latest);
      expect(outcome).toMatchObject({
        outcome: "failed",
        blame: "backup",
        problem: "invariants are violated: few, many",
      });
      expect(outcome.invariants.map(({ name, found }) => [name, found])).toEqual([
        ["few", "violated by 2 rows"],
        ["fine", ""],
        ["many", "violated by more than 100 rows"],
      ]);
      expect(drillText(outcome)).toContain("invariants: 1 of 3 hold\ninvariant few: violated by 2 rows");
      expect(JSON.stringify(outcome)).not.toContain("@Example.org");
      expect(drills(await entryOf(from))[0]?.invariants).toHaveLength(3);
    });
  });

  describe("failed, and nothing is said about the backup:", () => {
    /** The report, after making sure that the backup's standing is what it was. */
    async function broken(world: DrillWorld, options = latest): Promise<string> {
      const from = world.stores[0] as MemoryStore;
      const outcome = await drill(world, options);
      expect(outcome).toMatchObject({ outcome: "failed", blame: "drill" });
      expect(drills(await entryOf(from))).toMatchObject([
        { outcome: "failed", blame: "drill", problem: outcome.problem },
      ]);
      expect(standingOf(await entryOf(from))).toMatchObject({
        proven: undefined,
        failed: undefined,
        drilled: undefined,
      });
      expectNothingLeft();
      return drillText(outcome);
    }

    test("too little disk", async () => {
      const from = store();
      resign(from, (one) => ({ ...one, dump: { ...one.dump, plain: { ...one.dump.plain, bytes: 1e15 } } }));
      expect(await broken(worldOf(from))).toMatch(/are free in .*needs 2\.5 PB/);
    });

    test("an extension that this server does not have", async () => {
      const from = store();
      resign(from, (one) => ({
        ...one,
        server: { ...one.server, extensions: [{ name: "timescaledb", version: "2.17" }] },
      }));
      expect(await broken(worldOf(from))).toMatch(
        /problem: the throwaway server lacks the extensions timescaledb 2\.17\n/,
      );
    });

    test("a collation that this server does not have", async () => {
      const from = store();
      resign(from, (one) => ({
        ...one,
        server: { ...one.server, localeProvider: "libc", collate: "tlh_QO.UTF-8", ctype: "tlh_QO.UTF-8" },
      }));
      expect(await broken(worldOf(from))).toMatch(/has no place for a copy of .*tlh_QO/s);
    });

    test("no server programs of the backup's version", async () => {
      expect(await broken(worldOf(store(), {}, { serverPrograms: root }))).toMatch(/bin\/initdb is not there/);
    });

    test("identities of other people", async () => {
      const identities = [testKeys().identities[0]?.replace(/.$/, "Q") ?? ""];
      expect(await broken(worldOf(store(), { identities }))).toMatch(/was encrypted for age1/);
    });

    test("an invariant with a mistake of its own", async () => {
      const folder = invariants({
        "typo.sql": "selec 1",
        "gone.sql": "select * from shop.customers",
        "slow.sql": "select pg_sleep(60)",
        "cast.sql": "select email::text::int from shop.orders",
      });
      const problem = await broken(worldOf(store(), {}, { invariants: folder, invariantSeconds: 1 }));
      expect(problem).toMatch(
        /could not be asked: cast, gone, slow, typo\n.*\ninvariant cast: .*SQLSTATE 22P02\ninvariant gone: .*shop\.customers.*\ninvariant slow: .*timeout.*\ninvariant typo: .*syntax error/,
      );
    });

    test("an invariant that would change something", async () => {
      const folder = invariants({ "write.sql": "select nextval('shop.lines_id_seq')" });
      expect(await broken(worldOf(store(), {}, { invariants: folder }))).toMatch(/read-only transaction/);
    });

    test("a store that breaks off", async () => {
      class Cut extends MemoryStore {
        override async read(key: string): Promise<Readable> {
          if (key === keyOf(manifest, "dump")) throw new StoreError("unreachable", "the store hung up");
          return super.read(key);
        }
      }
      const from = new Cut();
      for (const [key, body] of taken.objects) from.objects.set(key, body);
      expect(await broken(worldOf(from))).toMatch(/hung up/);
    });

    test("its server is killed while the copy is compared", async () => {
      const from = store();
      const killed: number[] = [];
      const world = worldOf(from, {
        report: (line) => {
          if (!line.startsWith("comparing")) return;
          const [folder = ""] = readdirSync(join(root, "s"));
          const pid = Number(readFileSync(join(root, "s", folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
          process.kill(pid, "SIGQUIT");
          killed.push(pid);
        },
      });
      await broken(world);
      expect(killed).toHaveLength(1);
    });

    test("its pg_restore is broken: the backup that is known to be good does not restore either", async () => {
      const real = postgresBin() ?? "";
      const major = real.split("/").at(-2) ?? "";
      const bin = join(root, "programs", major, "bin");
      mkdirSync(bin, { recursive: true });
      for (const name of readdirSync(real)) if (name !== "pg_restore") symlinkSync(join(real, name), join(bin, name));
      const stub = `#!/bin/sh\n[ "$1" = --version ] && exec ${real}/pg_restore --version\necho "pg_restore: error: out of order" >&2\nexit 1\n`;
      writeFileSync(join(bin, "pg_restore"), stub, { mode: 0o755 });
      const problem = await broken(worldOf(store(), {}, { serverPrograms: join(root, "programs") }));
      expect(problem).toMatch(/known to be good does not restore here either/);
    });
  });

  test("a record that the store does not take is a failure of its own", async () => {
    class Full extends MemoryStore {
      override async putNew(key: string, body: Buffer): Promise<void> {
        if (key.includes("/records/")) throw new StoreError("full", "no space in the store");
        return super.putNew(key, body);
      }
    }
    const from = new Full();
    for (const [key, body] of taken.objects) from.objects.set(key, body);
    await expect(drill(worldOf(from), latest)).rejects.toMatchObject({
      code: "DRILL_FAILED",
      message: expect.stringMatching(/\(passed\) cannot be kept: no space/),
    });
  });

  test("the record goes to every store that holds the backup, and to no other", async () => {
    const [from, second, empty] = [store(), store(), new MemoryStore()];
    await drill(worldOf(from, { stores: [from, second, empty] }), latest);
    expect(drills(await entryOf(second))).toHaveLength(1);
    expect(empty.objects.size).toBe(0);
  });

  test("a record of somebody whom nobody trusts does not count", async () => {
    const from = store();
    await drill(worldOf(from, { signer: strangerSigner() }), latest);
    expect(standingOf(await entryOf(from))).toMatchObject({ drilled: undefined, proven: undefined });
  });

  test.each([["initdb"], ["comparing"], ["invariant a"]])(
    "an interrupt at %j leaves nothing, and no word on the backup",
    async (moment) => {
      const from = store();
      const stop = new AbortController();
      const folder = invariants({ "a.sql": "select 1 where false" });
      const world = worldOf(
        from,
        {
          signal: stop.signal,
          report: (line) => line.startsWith(moment) && stop.abort(new Error("stopped by SIGTERM")),
        },
        { invariants: folder },
      );
      const running = drill(world, latest);
      if (moment === "initdb") {
        const limit = Date.now() + 60_000;
        while (childrenNamed("initdb").length === 0 && Date.now() < limit)
          await new Promise((resolve) => setTimeout(resolve, 5));
        stop.abort(new Error("stopped by SIGTERM"));
      }
      await expect(running).rejects.toThrow();
      expect(stop.signal.aborted).toBe(true);
      expect(drills(await entryOf(from))).toEqual([]);
      expectNothingLeft();
    },
  );

  describe("of the point-in-time plane", () => {
    const recovered = (from: MemoryStore) => ({ ...worldOf(from), postgres: configOf(server, database) });
    const options = { choice: "due", share: 0.01, recoverySeconds: 42 } as const;

    test("a server near the backup's moment is green, and proves nothing of the dump", async () => {
      const from = store();
      const outcome = await drillRecovered(recovered(from), options);
      expect(outcome).toMatchObject({
        outcome: "passed",
        id: manifest.id,
        plane: "point-in-time",
        phases: { restore: 42 },
      });
      expect(drills(await entryOf(from))).toMatchObject([{ plane: "point-in-time", outcome: "passed" }]);
      expect(standingOf(await entryOf(from))).toMatchObject({ proven: undefined, drilled: undefined });
    });

    test("a table that lost its rows is red, and the dump is not blamed in the catalogue", async () => {
      const from = store();
      resign(from, (one) => ({ ...one, tables: one.tables.map((table) => ({ ...table, rows: table.rows * 2 })) }));
      const outcome = await drillRecovered(recovered(from), options);
      expect(outcome).toMatchObject({ outcome: "failed", blame: "backup" });
      expect(outcome.differences).toContainEqual(expect.stringMatching(/orders.* 2001 rows.* about 4002 rows/));
      expect(standingOf(await entryOf(from)).failed).toBeUndefined();
    });
  });
});
