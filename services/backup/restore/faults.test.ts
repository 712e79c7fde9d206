import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity } from "age-encryption";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { prune } from "../care/prune.ts";
import { type Complete, readCatalogue, standingOf } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { type Manifest, readManifest, writeManifest } from "../catalogue/manifest.ts";
import { connect } from "../postgres/session.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { StoreError } from "../storage/object-store.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { refused } from "../testing/refused.ts";
import { restoreTestWorld } from "../testing/restore-world.ts";
import { putSealed } from "../testing/sealed-backup.ts";
import {
  client,
  configOf,
  leftovers,
  nothing,
  patient,
  sql,
  strangerSigner,
  testKeys,
  testWorld,
} from "../testing/test-world.ts";
import { readArchiveHead } from "./archive-head.ts";
import { checkRestore } from "./check-restore.ts";
import { drop } from "./drop.ts";
import type { RestoreOptions } from "./options.ts";
import { findAll } from "./preflight/checks.ts";
import { restore } from "./restore.ts";
import type { RestoreWorld } from "./restore-world.ts";

/** What a restore must do when something is wrong: with the backup, the store, the server, or whoever is in the database. */

const keys = testKeys();
const signal = new AbortController().signal;
const home = mkdtempSync(join(tmpdir(), "golive-restore-faults-"));
let server: PostgresServer;
let taken: MemoryStore;
let manifest: Manifest;

/** The same backup in a store of a test's own. */
function stored(): MemoryStore {
  const copy = new MemoryStore();
  for (const [key, body] of taken.objects) copy.objects.set(key, Buffer.from(body));
  return copy;
}
const world = (store: RestoreWorld["store"], more: Partial<RestoreWorld> = {}) =>
  restoreTestWorld(configOf(server, "app"), store, more);
const replacing = { target: { kind: "replace" } } as const;
const into = (database: string) => ({ target: { kind: "into", database } }) as const;
const byId = (options: Omit<RestoreOptions, "choice">): RestoreOptions => ({ choice: { id: manifest.id }, ...options });

/** Live rows, and every database: what a restore that failed must leave as it was. */
const state = async () => ({
  rows: (await sql<{ v: string }>(server, "app", "select v from state")).map(({ v }) => v),
  databases: (await sql<{ datname: string }>(server, "postgres", "select datname from pg_database order by 1")).map(
    ({ datname }) => datname,
  ),
});
const untouched = { rows: ["live"], databases: ["app", "postgres", "template0", "template1"] };

async function expectUntouched(): Promise<void> {
  expect(await state()).toEqual(untouched);
  expect(await leftovers(server)).toEqual(nothing);
}

describe.skipIf(postgresMissing())("a restore", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    await sql(
      server,
      "app",
      "create extension citext; create table state (v text); insert into state values ('backed up')",
    );
    taken = new MemoryStore();
    manifest = await takeBackup(testWorld(configOf(server, "app"), taken));
    await sql(server, "app", "update state set v = 'live'");
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });
  /** Whatever a test has made is taken away, and the live database is as the next test expects it. */
  afterEach(async () => {
    for (const name of (await state()).databases.filter((one) => !untouched.databases.includes(one)))
      await sql(server, "postgres", `drop database "${name}" with (force)`);
    await sql(server, "app", "update state set v = 'live'");
  });

  describe("with a backup that is not to be trusted", () => {
    test("fault 9: one whose bits were flipped replaces nothing, and the next best is named", async () => {
      const store = stored();
      const older = await takeBackup(testWorld(configOf(server, "app"), store));
      const body = store.objects.get(keyOf(manifest, "dump")) as Buffer;
      body[body.length - 40] = (body[body.length - 40] as number) ^ 1;
      expect(await refused(restore(world(store), byId(replacing)))).toMatchObject({
        code: "BACKUP_DAMAGED",
        hint: expect.stringContaining(`The next best is ${older.id}`),
      });
      await expectUntouched();
    });

    test("fault 10: one that a stranger signed is refused, passed over as the latest, and taken only when told so, loudly", async () => {
      const store = stored();
      store.objects.set(keyOf(manifest, "manifest"), writeManifest(manifest, strangerSigner()));
      expect(await refused(restore(world(store), byId(replacing)))).toMatchObject({
        code: "BACKUP_DAMAGED",
        message: expect.stringContaining("untrusted"),
      });
      const latest = { choice: "latest", unproven: true, ...into("copy") } as const;
      expect(await refused(restore(world(store), latest))).toMatchObject({ code: "BACKUP_NOT_FOUND" });
      await expectUntouched();
      const told = world(store);
      await restore(told, byId({ ...into("copy"), allowUnsigned: true }));
      expect(told.lines).toContainEqual(expect.stringMatching(/^warning: signatures are not checked/));
      expect(await sql(server, "copy", "select v from state")).toEqual([{ v: "backed up" }]);
    });

    test("fault 11: an older backup under a new name is refused, also by who believes unsigned ones", async () => {
      const store = stored();
      const id = "2026-11-30T020000Z-abcdef";
      for (const kind of ["dump", "globals", "manifest"] as const)
        await store.putNew(keyOf({ ...manifest, id }, kind), taken.objects.get(keyOf(manifest, kind)) as Buffer);
      const wrong = {
        code: "BACKUP_DAMAGED",
        message: expect.stringContaining(`its manifest is that of app ${manifest.id}`),
      };
      for (const allowUnsigned of [false, true])
        expect(await refused(restore(world(store), { choice: { id }, ...replacing, allowUnsigned }))).toMatchObject(
          wrong,
        );
      // And from somebody else's hand, which only those who believe unsigned ones would look into.
      store.objects.set(keyOf({ ...manifest, id }, "manifest"), writeManifest(manifest, strangerSigner()));
      const believing = { choice: { id }, ...replacing, allowUnsigned: true } as const;
      expect(await refused(restore(world(store), believing))).toMatchObject(wrong);
      await expectUntouched();
    });

    test("fault 14: no identity that opens it has a word and an exit status of its own, and nothing is made", async () => {
      const identities = [await generateX25519Identity()];
      const error = await refused(restore(world(stored(), { identities }), byId(replacing)));
      expect(error).toMatchObject({ code: "BACKUP_UNDECRYPTABLE", exit: 12 });
      await expectUntouched();
    });

    test.each([
      ["a script for psql", Buffer.from("\\! touch /tmp/never\ncreate table t ();\n")],
      ["the beginning of an archive alone", Buffer.from("PGDMP")],
      ["zeros that were a kilobyte when packed", Buffer.alloc(30_000_000)],
    ])("fault 31: a signed dump that holds %s is refused before the database is touched", async (_what, plain) => {
      const store = new MemoryStore();
      const { id } = await putSealed(store, keys, { at: new Date(), plain });
      const steps: string[] = [];
      const atStep = (step: string) => void steps.push(step);
      expect(await refused(restore(world(store, { atStep }), { choice: { id }, ...replacing }))).toMatchObject({
        code: "BACKUP_DAMAGED",
      });
      expect(steps).toEqual(["chosen"]);
      await expectUntouched();
    });

    test("fault 31: an archive that unpacks to more than its manifest says stops there", async () => {
      const store = stored();
      const plain = { ...manifest.dump.plain, bytes: manifest.dump.plain.bytes - 1 };
      const key = keyOf(manifest, "manifest");
      store.objects.set(key, writeManifest({ ...manifest, dump: { ...manifest.dump, plain } }, keys.signer));
      expect(readManifest(store.objects.get(key) as Buffer, keys.trusted)).toHaveProperty("manifest");
      expect(await refused(restore(world(store), byId(replacing)))).toMatchObject({
        code: "BACKUP_DAMAGED",
        message: expect.stringMatching(/more than/),
      });
      await expectUntouched();
    });

    test("fault 34: commands of psql in names, comments and rows are text and nothing else", async () => {
      const file = join(home, "made-by-a-dump");
      const evil = `x\n\\! touch ${file}\n`;
      const quoted = `"${evil}"`;
      await sql(server, "postgres", `create role ${quoted}`);
      await sql(server, "postgres", "create database evil");
      await sql(
        server,
        "evil",
        `create schema ${quoted} authorization ${quoted}; create table ${quoted}.${quoted} (${quoted} text default '${evil}');
         comment on table ${quoted}.${quoted} is '${evil}'; insert into ${quoted}.${quoted} values (default);
         create function ${quoted}() returns text language sql as $$ select '${evil}' $$`,
      );
      const store = new MemoryStore();
      const { id } = await takeBackup(testWorld(configOf(server, "evil"), store));
      await restore(world(store), { choice: { id }, ...into("evil_copy") });
      expect(await sql(server, "evil_copy", `select ${quoted} as v from ${quoted}.${quoted}`)).toEqual([{ v: evil }]);
      expect(existsSync(file)).toBe(false);
      for (const name of ["evil", "evil_copy"]) await sql(server, "postgres", `drop database ${name}`);
      await sql(server, "postgres", `drop role ${quoted}`);
    });
  });

  describe("of what is not there", () => {
    test("fault 29: roles that the server lacks are named and nothing is made; with leave they are made first", async () => {
      await sql(server, "postgres", "create role gone_owner; create role gone_reader");
      await sql(server, "postgres", "create database owned");
      await sql(
        server,
        "owned",
        "create table t (x int); alter table t owner to gone_owner; grant select on t to gone_reader",
      );
      const store = new MemoryStore();
      const { id } = await takeBackup(testWorld(configOf(server, "owned"), store));
      await sql(server, "postgres", "drop database owned");
      await sql(server, "postgres", "drop role gone_owner; drop role gone_reader");
      expect(await refused(restore(world(store), { choice: { id }, ...into("owned") }))).toMatchObject({
        code: "RESTORE_REFUSED",
        message: expect.stringMatching(/roles "gone_owner", "gone_reader" are not on the server/),
        hint: expect.stringContaining("--create-roles"),
      });
      await expectUntouched();
      await restore(world(store), { choice: { id }, ...into("owned"), createRoles: true });
      expect(await sql(server, "owned", "select tableowner from pg_tables where tablename = 't'")).toEqual([
        { tableowner: "gone_owner" },
      ]);
      expect(await sql(server, "postgres", "select rolcanlogin from pg_roles where rolname like 'gone%'")).toEqual([
        { rolcanlogin: false },
        { rolcanlogin: false },
      ]);
      await sql(server, "postgres", "drop database owned");
      await sql(server, "postgres", "drop role gone_owner; drop role gone_reader");
    });

    test("fault 29: an extension that the server lacks is named with its package, beforehand", async () => {
      await using session = await connect(configOf(server, "postgres"), "postgres", signal);
      const made = world(stored());
      const toc = await readArchiveHead(made, manifest.dump);
      const { plan, server: facts } = await checkRestore(made, session, manifest, "app", byId(replacing));
      const found = (extensions: typeof facts.extensions) =>
        findAll({ manifest, plan, toc, server: { ...facts, extensions } }).filter(({ refuses }) => refuses);
      expect(found(facts.extensions)).toEqual([]);
      expect(found(facts.extensions.filter(({ name }) => name !== "citext"))).toEqual([
        {
          check: "extensions",
          refuses: true,
          text: expect.stringMatching(/^extension citext \S+ is not on the server$/),
          cure: expect.stringMatching(/postgresql-\d+-citext/),
        },
      ]);
    });
  });

  describe("while others are at work", () => {
    let visitor: pg.Client | undefined;
    afterEach(async () => {
      await visitor?.end().catch(() => undefined);
      visitor = undefined;
    });

    test("fault 26: sessions in the database stay until a person agrees; then they are ended, and it is swapped", async () => {
      visitor = await client(server, "app");
      expect(await refused(restore(world(stored()), byId(into("app"))))).toMatchObject({
        code: "RESTORE_TARGET_EXISTS",
      });
      const nobody = world(stored(), { consent: { yes: false, ask: undefined } });
      expect(await refused(restore(nobody, byId(replacing)))).toMatchObject({
        code: "USAGE",
        message: expect.stringContaining("1 session in the database will be ended"),
      });
      const no = world(stored(), { consent: { yes: false, ask: async () => "no" } });
      expect(await refused(restore(no, byId(replacing)))).toMatchObject({ code: "USAGE" });
      expect((await visitor.query("select v from state")).rows).toEqual([{ v: "live" }]);
      expect(await state()).toEqual(untouched);
      const report = await restore(
        world(stored(), { consent: { yes: false, ask: async () => "app" } }),
        byId(replacing),
      );
      expect(report).toMatchObject({ sessionsEnded: 1, kept: expect.any(String), safetyBackup: expect.any(String) });
      expect((await state()).rows).toEqual(["backed up"]);
      await expect(visitor.query("select v from state")).rejects.toThrow();
    });

    test("fault 26: a session that cannot be ended is named, and nothing is done", async () => {
      visitor = await client(server, "app");
      await sql(
        server,
        "postgres",
        "create role keeper login createdb password 'keeper-pass'; grant pg_read_all_data to keeper",
      );
      try {
        const postgres = { ...configOf(server, "app"), user: "keeper", password: "keeper-pass" };
        const { code, details } = await refused(restore(world(stored(), { postgres }), byId(replacing)));
        expect(code).toBe("RESTORE_REFUSED");
        expect(details.findings.filter(({ check, refuses }) => check === "sessions" && refuses)).toEqual([
          expect.objectContaining({ text: expect.stringMatching(/server process \d+ \(postgres, .* cannot be ended/) }),
        ]);
        expect((await visitor.query("select v from state")).rows).toEqual([{ v: "live" }]);
      } finally {
        await sql(server, "postgres", "drop owned by keeper; drop role keeper");
      }
    });

    test("fault 20: what is being restored is not pruned meanwhile, however due", async () => {
      const store = stored();
      await takeBackup(testWorld(configOf(server, "app"), store));
      const due = { days: -1, proven: 1, daily: 0, weekly: 0, monthly: 0, graceHours: 48 };
      const pruning = { store, ...keys, policy: due, now: () => new Date(), report: () => undefined, signal };
      const { verify } = await import("../care/verify.ts");
      await verify({ ...pruning, identities: [] });
      // It would go now, were it not for the restore.
      expect((await prune(pruning, { yes: false })).removed.map(({ id }) => id)).toEqual([manifest.id]);
      let removed: string[] | undefined;
      await restore(
        world(store, {
          atStep: async (step) => {
            if (step === "created") removed = (await prune(pruning, { yes: true })).removed.map(({ id }) => id);
          },
        }),
        byId(into("copy")),
      );
      expect(removed).toEqual([]);
      const [entry] = await readCatalogue(store, { trusted: keys.trusted, id: manifest.id });
      expect(standingOf(entry as Complete).leased?.by).toBe("restore into copy");
    });
  });

  test.each(["chosen", "checked", "saved", "created", "loaded", "compared"] as const)(
    "fault 5: stopped when it is %j, it leaves nothing and has touched nothing",
    async (step) => {
      const stop = new AbortController();
      const atStep = (at: string) => {
        if (at === step) stop.abort(new Error("stopped by SIGTERM"));
      };
      const asked = performance.now();
      await expect(restore(world(stored(), { atStep, signal: stop.signal }), byId(replacing))).rejects.toThrow();
      expect(stop.signal.aborted).toBe(true);
      expect(performance.now() - asked).toBeLessThan(30_000);
      await expectUntouched();
    },
  );

  describe("whose store fails", () => {
    test("fault 28: without the backup of what is replaced, nothing is replaced", async () => {
      const full = new FaultyStore(new MemoryStore(), { at: 2, error: new StoreError("full", "no space left") });
      const backup = testWorld(configOf(server, "app"), full);
      expect(await refused(restore(world(stored(), { backupWorld: () => backup }), byId(replacing)))).toMatchObject({
        code: "RESTORE_REFUSED",
        message: expect.stringMatching(/the backup of "app" before the restore failed: no space left/),
        hint: expect.stringContaining("--no-safety-backup"),
      });
      expect(full.hit).toBe(true);
      await expectUntouched();
    });

    // Some thirty restores, one after the other.
    const long = { timeout: 600_000 };
    test("at each call: it says so and has touched nothing, and the next restore goes through", long, async () => {
      const clean = new FaultyStore(stored());
      await restore(world(clean), byId(replacing));
      await resetLive();
      expect(new Set(clean.calls)).toEqual(
        new Set(["list", "read", "clock", "putNew", "size", "reach", "open", "write", "commit", "lockedUntil"]),
      );
      // The lease alone is not worth a restore: it is asked for the time, and written, before the first byte is read.
      const lease = [clean.calls.indexOf("clock"), clean.calls.indexOf("putNew")];
      for (const [at, call] of clean.calls.entries()) {
        const what = `call ${at} (${call})`;
        const store = stored();
        const faulty = new FaultyStore(store, { at, error: new StoreError("unreachable", `down at ${call}`) });
        const made = world(faulty);
        const done = restore(made, byId(replacing));
        if (lease.includes(at)) {
          await done;
          expect(made.lines, what).toContainEqual(expect.stringMatching(/^warning: pruning is not told .* down at/));
          await resetLive();
        } else {
          await expect(done, what).rejects.toThrow(`down at ${call}`);
          expect(await state(), what).toEqual(untouched);
          expect(await leftovers(server), what).toEqual(nothing);
          // Without the backup before: it was taken, or tried, in the first round.
          await restore(world(store), byId({ ...replacing, noSafetyBackup: "tried before" }));
          expect((await state()).rows, what).toEqual(["backed up"]);
          await resetLive();
        }
        expect(faulty.hit, what).toBe(true);
      }
    });

    /** As before a restore, without what it has kept. */
    async function resetLive(): Promise<void> {
      for (const name of (await state()).databases.filter((one) => one.startsWith("golive_")))
        await sql(server, "postgres", `drop database "${name}" with (force)`);
      await sql(server, "app", "update state set v = 'live'");
    }
  });

  test("twice: into a name that is taken now is refused, in the place of one is done again, and so is a drop", async () => {
    const store = stored();
    await restore(world(store), byId(into("copy")));
    expect(await refused(restore(world(store), byId(into("copy"))))).toMatchObject({ code: "RESTORE_TARGET_EXISTS" });
    expect(await sql(server, "copy", "select v from state")).toEqual([{ v: "backed up" }]);
    const first = await restore(world(store), byId(replacing));
    const second = await restore(world(store), byId(replacing));
    expect(await sql(server, first.kept as string, "select v from state")).toEqual([{ v: "live" }]);
    expect(await sql(server, second.kept as string, "select v from state")).toEqual([{ v: "backed up" }]);
    expect((await state()).rows).toEqual(["backed up"]);
    expect(await drop(world(store), first.kept as string)).toMatchObject({ dropped: first.kept });
    expect(await refused(drop(world(store), first.kept as string))).toMatchObject({ code: "RESTORE_REFUSED" });
  });
});
