import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { readCatalogue } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { readManifest } from "../catalogue/manifest.ts";
import { compareContents, readContents } from "../postgres/contents.ts";
import { connect } from "../postgres/session.ts";
import { diskStore } from "../storage/disk-store.ts";
import { StoreError } from "../storage/object-store.ts";
import { FaultyStore } from "../testing/faulty-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { restorePlainly } from "../testing/restore-plainly.ts";
import {
  childrenNamed,
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
import { takeBackup } from "./take-backup.ts";
import { takeBackups } from "./take-backups.ts";

let server: PostgresServer;
const { trusted } = testKeys();
const odd = `../../etc/x; $(touch y) "a=b" host=elsewhere`;
const home = mkdtempSync(join(tmpdir(), "golive-backup-run-"));
const signal = new AbortController().signal;

const canMount = spawnSync("unshare", ["--mount", "true"]).status === 0 && process.getuid?.() === 0;

class NamedStore extends MemoryStore {
  override readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** The pg_dump of the rows; another one reads the schema beside it. */
function dumpPid(): number | undefined {
  return childrenNamed("pg_dump").find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--format=custom"),
  );
}

/** A folder with a pg_dump of our making; its other programs are the real ones. `$real` runs the real one. */
function programs(name: string, dumpScript: string): string {
  const bin = mkdtempSync(join(home, `${name}-`));
  writeFileSync(
    join(bin, "pg_dump"),
    `#!/bin/sh\nreal="${server.bin}/pg_dump"\ncase "$*" in *--version*|*--schema-only*) exec "$real" "$@";; esac\n${dumpScript}\n`,
  );
  chmodSync(join(bin, "pg_dump"), 0o755);
  for (const other of ["pg_dumpall", "pg_restore"]) symlinkSync(join(server.bin, other), join(bin, other));
  return bin;
}

async function compared(database: string, manifest: Parameters<typeof compareContents>[0]) {
  await using session = await connect(configOf(server, database), database, signal);
  return compareContents(manifest, await readContents(session));
}

describe.skipIf(postgresMissing())("a backup of a real database", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["small", "large", odd] });
    await sql(
      server,
      "small",
      `create table kept (id int primary key); insert into kept select generate_series(1, 3);
       create table empty ();
       create table parent (x int) partition by range (x); create table part partition of parent for values from (0) to (9);
       insert into parent values (1), (2);
       create table base (x int); create table heir () inherits (base);
       insert into base values (1); insert into heir values (2), (3);
       create unlogged table fast (x int); insert into fast values (1);
       create sequence tickets; select nextval('tickets');
       create materialized view counted as select count(*) from public.kept;
       select lo_create(0)`,
    );
    await sql(
      server,
      "large",
      "create table big as select g as id, md5(g::text) || md5((g * 7)::text) as text from generate_series(1, 150000) g",
    );
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test("tells sums, versions, place in the log, and everything it holds; pg_restore alone brings it back", async () => {
    const store = new MemoryStore();
    const world = testWorld(configOf(server, "small"), store);
    const manifest = await takeBackup(world, { reason: "manual" });
    const dump = store.objects.get(keyOf(manifest, "dump")) as Buffer;
    expect(dump.toString("latin1", 0, 21)).toBe("age-encryption.org/v1");
    expect(manifest.dump).toMatchObject({
      bytes: dump.length,
      sha256: createHash("sha256").update(dump).digest("hex"),
    });
    expect(manifest.tables.map(({ schema, name, rows }) => `${schema}.${name} ${rows}`)).toEqual([
      "public.base 1",
      "public.counted 1",
      "public.empty 0",
      "public.fast 1",
      "public.heir 2",
      "public.kept 3",
      "public.part 2",
    ]);
    expect(manifest).toMatchObject({
      sequence: 1,
      reason: "manual",
      scope: { whole: true },
      sequences: [{ name: "tickets", lastValue: "1", called: true }],
      largeObjects: { count: 1 },
      server: { encoding: "UTF8", localeProvider: "libc", standby: false, timeline: 1 },
      owner: "postgres",
      roles: ["postgres"],
      tablespaces: [],
      migrationHead: null,
      warnings: [],
      anomalies: [],
      retainUntil: null,
      encryption: { format: "age", recipients: world.recipients },
    });
    expect(manifest.server.systemIdentifier).toMatch(/^\d{10,}$/);
    expect(manifest.server.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(manifest.client.major).toBeGreaterThanOrEqual(manifest.server.major);
    expect(store.names()).toEqual(["database.dump.zst.age", "globals.sql.zst.age", "manifest.json"]);
    expect(await readCatalogue(store, { trusted })).toMatchObject([{ state: "complete", id: manifest.id }]);
    expect(await restorePlainly(server, store, manifest, "small_copy")).toEqual({ code: 0, stderr: "" });
    expect(await compared("small_copy", manifest)).toEqual([]);
    expect(await leftovers(server)).toEqual(nothing);
  });

  test("takes a database and tables by any name that Postgres allows", async () => {
    const names = [
      " lead",
      "%s",
      "*",
      "select",
      "Case",
      "case",
      "a.b",
      `q"q`,
      "-t",
      "new\nline",
      "pg_like",
      "é".repeat(31),
    ];
    const schema = `"a""b".`;
    const statements = names.map((name, at) => {
      const table = `${schema}"${name.replaceAll('"', '""')}"`;
      return `create table ${table} (x int); insert into ${table} select generate_series(1, ${at});`;
    });
    await sql(server, odd, `create schema "a""b"; ${statements.join("\n")}`);
    const store = new MemoryStore();
    const manifest = await takeBackup(testWorld(configOf(server, odd), store));
    expect(manifest.database).toBe(odd);
    expect(Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows]))).toEqual(
      Object.fromEntries(names.map((name, at) => [name, at])),
    );
    expect([...store.objects.keys()].every((key) => key.split("/").length === 4)).toBe(true);
    expect(await readCatalogue(store, { trusted })).toMatchObject([{ state: "complete", database: odd }]);
  });

  test("a database named like connection settings is itself, not another host", async () => {
    await sql(server, "postgres", `create database "dbname=postgres host=192.0.2.1"`);
    await sql(server, "dbname=postgres host=192.0.2.1", "create table here (x int)");
    const manifest = await takeBackup(testWorld(configOf(server, "dbname=postgres host=192.0.2.1"), new MemoryStore()));
    expect(manifest.tables.map(({ name }) => name)).toEqual(["here"]);
  });

  test("pg_dump killed in the middle: no manifest, no object, upload given up, child gone", async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    let killed = 0;
    store.before = (call) => {
      if (call !== "write" || killed !== 0 || store.calls.filter((one) => one === "write").length < 3) return;
      const pid = dumpPid();
      if (pid === undefined) throw new Error("no pg_dump runs");
      process.kill(pid, "SIGKILL");
      killed = pid;
    };
    const failed = takeBackup(testWorld(configOf(server, "large"), store));
    await expect(failed).rejects.toMatchObject({ code: "BACKUP_FAILED", message: /pg_dump was ended by SIGKILL/ });
    expect(killed).toBeGreaterThan(0);
    expect(store.calls).not.toContain("commit");
    expect({ names: memory.names(), open: memory.pending.size, aborted: memory.aborted.length }).toEqual({
      names: [],
      open: 0,
      aborted: 1,
    });
    expect(await leftovers(server)).toEqual(nothing);
  });

  test("pg_dump that ends badly after a whole archive makes no backup, and its words are told", async () => {
    const bin = programs("bad", `"$real" "$@"; echo "pg_dump: error: out of luck, password=hunter2" >&2; exit 3`);
    const memory = new MemoryStore();
    const failed = takeBackup(testWorld({ ...configOf(server, "small"), bin }, memory)).catch((error: Error) => error);
    expect(await failed).toMatchObject({
      code: "BACKUP_FAILED",
      message: expect.stringMatching(/pg_dump ended with exit status 3: pg_dump: error: out of luck, password=\*\*\*/),
    });
    expect(memory.names()).toEqual([]);
  });

  test("pg_dump that ends well and warns makes a backup with the warning in it", async () => {
    const bin = programs("warns", `echo "pg_dump: warning: there are circular foreign keys" >&2; exec "$real" "$@"`);
    const manifest = await takeBackup(testWorld({ ...configOf(server, "small"), bin }, new MemoryStore()));
    expect(manifest.warnings).toEqual(["pg_dump: warning: there are circular foreign keys"]);
  });

  test.each([
    ["nothing", "exit 0"],
    ["no archive", "echo hello"],
    ["half an archive", `"$real" "$@" | head -c 700`],
  ])("pg_dump that writes %s and ends well makes no backup", async (_what, script) => {
    const memory = new MemoryStore();
    const world = testWorld({ ...configOf(server, "small"), bin: programs("odd", script) }, memory);
    await expect(takeBackup(world)).rejects.toMatchObject({ code: "BACKUP_FAILED", message: /no (whole )?archive/ });
    expect(memory.names()).toEqual([]);
  });

  test("a pg_dump of 17 for an older server works, and the manifest warns of what it writes", async () => {
    const bin = mkdtempSync(join(home, "newer-"));
    writeFileSync(
      join(bin, "pg_dump"),
      `#!/bin/sh\ncase "$*" in *--version*) echo "pg_dump (PostgreSQL) 17.10";; *) exec "${server.bin}/pg_dump" "$@";; esac\n`,
    );
    chmodSync(join(bin, "pg_dump"), 0o755);
    symlinkSync(join(server.bin, "pg_dumpall"), join(bin, "pg_dumpall"));
    const manifest = await takeBackup(testWorld({ ...configOf(server, "small"), bin }, new MemoryStore()));
    expect(manifest.client).toEqual({ version: "17.10", major: 17 });
    if (manifest.server.major < 17)
      expect(manifest.warnings).toEqual([expect.stringMatching(/^pg_dump 17\.10 is newer than the server/)]);
  });

  test("fault 30: a pg_dump older than the server is told before anything is asked of the store", async () => {
    const bin = mkdtempSync(join(home, "older-"));
    writeFileSync(join(bin, "pg_dump"), `#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n`);
    chmodSync(join(bin, "pg_dump"), 0o755);
    const store = new FaultyStore(new MemoryStore());
    await expect(takeBackup(testWorld({ ...configOf(server, "small"), bin }, store))).rejects.toMatchObject({
      code: "TOOL_MISSING",
      message: expect.stringContaining("found 9.6.24"),
      hint: expect.stringMatching(/postgresql-client-\d+/),
    });
    expect(store.calls).toEqual([]);
  });

  test("a row that is beyond what pg_dump can write ends the run with its table's name", async () => {
    await sql(server, "postgres", "create database vast");
    await sql(
      server,
      "vast",
      `create table h (b bytea); alter table h alter b set storage external;
       insert into h values (decode(repeat('00', 275000000), 'hex')); update h set b = b || b`,
    );
    const memory = new MemoryStore();
    await expect(takeBackup(testWorld(configOf(server, "vast"), memory))).rejects.toMatchObject({
      code: "BACKUP_FAILED",
      message: expect.stringMatching(/\bh\b.*invalid memory alloc request size|table "h"/),
    });
    expect({ names: memory.names(), open: memory.pending.size }).toEqual({ names: [], open: 0 });
    await sql(server, "postgres", "drop database vast");
  });

  test("pg_dump that leaves a table out makes no backup", async () => {
    const bin = programs("less", `exec "$real" "$@" --exclude-table-data=kept`);
    const memory = new MemoryStore();
    await expect(takeBackup(testWorld({ ...configOf(server, "small"), bin }, memory))).rejects.toThrow(
      /pg_dump left out public\.kept/,
    );
    expect(memory.names()).toEqual([]);
  });

  test("the store fails at each call: no backup, no child, no lock, and the next run succeeds", async () => {
    const clean = new FaultyStore(new MemoryStore());
    await takeBackup(testWorld(configOf(server, "small"), clean));
    expect(clean.calls.at(-1)).toBe("putNew");
    for (const [at, call] of clean.calls.entries()) {
      const memory = new MemoryStore();
      const store = new FaultyStore(memory, { at, error: new StoreError("unreachable", `down at ${call}`) });
      const failed = takeBackup(testWorld(configOf(server, "small"), store));
      await expect(failed, `call ${at} (${call})`).rejects.toThrow(`down at ${call}`);
      expect(store.hit).toBe(true);
      expect(memory.names(), `call ${at} (${call})`).not.toContain("manifest.json");
      expect(memory.pending.size).toBe(0);
      expect(await leftovers(server), `call ${at} (${call})`).toEqual(nothing);
      const { id } = await takeBackup(testWorld(configOf(server, "small"), memory));
      const complete = (await readCatalogue(memory, { trusted })).filter(({ state }) => state === "complete");
      expect(
        complete.map((entry) => entry.id),
        `call ${at} (${call})`,
      ).toEqual([id]);
    }
  });

  test("the answer of each call gets lost: no second upload is open, and only a manifest that is there makes a backup", async () => {
    const clean = new FaultyStore(new MemoryStore());
    await takeBackup(testWorld(configOf(server, "small"), clean));
    const changing = [...clean.calls.entries()].filter(([, call]) => /open|commit|putNew/.test(call));
    expect(changing.map(([, call]) => call)).toEqual(["open", "commit", "open", "commit", "putNew"]);
    for (const [at, call] of changing) {
      const memory = new MemoryStore();
      const store = new FaultyStore(memory, { at, after: true, error: new StoreError("unreachable", "no answer") });
      await expect(takeBackup(testWorld(configOf(server, "small"), store)), call).rejects.toThrow("no answer");
      const complete = async () =>
        (await readCatalogue(memory, { trusted })).filter(({ state }) => state === "complete").length;
      expect(await complete(), `call ${at} (${call})`).toBe(call === "putNew" ? 1 : 0);
      const before = await complete();
      await takeBackup(testWorld(configOf(server, "small"), memory));
      expect(await complete(), `call ${at} (${call})`).toBe(before + 1);
      expect(await leftovers(server)).toEqual(nothing);
    }
  });

  test("a full store in the middle: the upload is given up, and the next run succeeds", async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory, { at: 6, error: new StoreError("full", "no space left") });
    await expect(takeBackup(testWorld(configOf(server, "large"), store))).rejects.toMatchObject({ fault: "full" });
    expect({ names: memory.names(), open: memory.pending.size }).toEqual({ names: [], open: 0 });
    await expect(takeBackup(testWorld(configOf(server, "large"), memory))).resolves.toMatchObject({ sequence: 1 });
  });

  test.skipIf(!canMount)(
    "fault 1: a disk that fills up in the middle keeps its older backup and nothing of the new one",
    async () => {
      const root = mkdtempSync(join(home, "disk-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", root]);
      try {
        const store = diskStore(root, signal);
        const older = await takeBackup(testWorld(configOf(server, "small"), store));
        await expect(takeBackup(testWorld(configOf(server, "large"), store))).rejects.toMatchObject({ fault: "full" });
        expect((await readCatalogue(store, { trusted })).map(({ id, state }) => [id, state])).toEqual([
          [older.id, "complete"],
        ]);
        expect(readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith(".partial"))).toEqual([]);
        // Full as it is, the next is told beforehand.
        writeFileSync(join(root, "fill"), Buffer.alloc((await store.freeBytes?.()) ?? 0));
        const next = new FaultyStore(store);
        await expect(takeBackup(testWorld(configOf(server, "small"), next))).rejects.toMatchObject({
          fault: "full",
          message: expect.stringContaining("1.2 times the last one"),
        });
        expect(next.calls).not.toContain("open");
        expect(await leftovers(server)).toEqual(nothing);
      } finally {
        execFileSync("umount", [root]);
      }
    },
  );

  test("a store that keeps less than it was sent makes no backup", async () => {
    const memory = new MemoryStore();
    memory.size = async () => 17;
    const failed = takeBackup(testWorld(configOf(server, "small"), memory));
    await expect(failed).rejects.toThrow(/holds 17 bytes/);
    expect(memory.names()).toEqual(["database.dump.zst.age"]);
  });

  test("of two stores, each has the whole backup, with its own lock", async () => {
    const [first, second] = [new NamedStore("s3://one"), new NamedStore("/two")];
    second.lockedUntil = async () => new Date("2027-01-01T00:00:00Z");
    const manifest = await takeBackup(testWorld(configOf(server, "small"), [first, second]));
    expect([...first.objects.keys()].sort()).toEqual([...second.objects.keys()].sort());
    expect(manifest.retainUntil).toBeNull();
    expect(first.objects.get(manifest.dump.key)?.equals(second.objects.get(manifest.dump.key) as Buffer)).toBe(true);
    const read = readManifest(second.objects.get(keyOf(manifest, "manifest")) as Buffer, trusted);
    expect(read).toMatchObject({ manifest: { id: manifest.id, retainUntil: "2027-01-01T00:00:00.000Z" } });
  });

  test.each(["reach", "open", "write", "commit", "lockedUntil", "putNew"] as const)(
    "of two stores one fails at %s: the other has its backup, and the run says which has it",
    async (call) => {
      const [good, bad] = [new NamedStore("s3://good"), new NamedStore("/bad")];
      const store = new FaultyStore(bad);
      store.before = (now) => {
        if (now === call) throw new StoreError("unreachable", "the disk is gone");
      };
      const failed = takeBackup(testWorld(configOf(server, "small"), [store, good]));
      await expect(failed).rejects.toMatchObject({
        code: "BACKUP_FAILED",
        message: expect.stringMatching(
          /^backup \S+ of database "small" is in s3:\/\/good, but not in \/bad: the disk is gone$/,
        ),
      });
      expect(await readCatalogue(good, { trusted })).toMatchObject([{ state: "complete" }]);
      expect(bad.names()).not.toContain("manifest.json");
      expect(bad.pending.size).toBe(0);
      expect(await leftovers(server)).toEqual(nothing);
    },
  );

  test("of two stores both fail: both are named", async () => {
    const stores = ["/a", "/b"].map(
      (name) => new FaultyStore(new NamedStore(name), { at: 0, error: new StoreError("unreachable", "gone") }),
    );
    await expect(takeBackup(testWorld(configOf(server, "small"), stores))).rejects.toThrow(
      /no store has .*\/a: gone; \/b: gone/,
    );
  });

  test("of two runs at once the second is told who holds the lock; other databases are free", async () => {
    const store = new FaultyStore(new MemoryStore());
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached: () => void = () => undefined;
    const atOpen = new Promise<void>((resolve) => {
      reached = resolve;
    });
    store.before = (call) => {
      if (call !== "open") return;
      reached();
      return held;
    };
    const first = takeBackup(testWorld(configOf(server, "small"), store));
    await atOpen;
    await expect(takeBackup(testWorld(configOf(server, "small"), new MemoryStore()))).rejects.toMatchObject({
      code: "LOCKED",
      message: /^backup of database "small" is locked by a session of 127\.0\.0\.1 since .* \(server process \d+\)$/,
    });
    await expect(takeBackup(testWorld(configOf(server, "large"), new MemoryStore()))).resolves.toBeDefined();
    release();
    await first;
    await expect(takeBackup(testWorld(configOf(server, "small"), new MemoryStore()))).resolves.toBeDefined();
  });

  test("a session that the server ends takes the run with it, and its lock is free at once", async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    store.before = async (call) => {
      if (call === "open")
        await sql(
          server,
          "postgres",
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'golive-backup'",
        );
    };
    const failed = takeBackup(testWorld(configOf(server, "small"), store));
    await expect(failed).rejects.toThrow(/session|terminat/i);
    expect(memory.names()).toEqual([]);
    expect(memory.pending.size).toBe(0);
    expect(await leftovers(server)).toEqual(nothing);
    await expect(takeBackup(testWorld(configOf(server, "small"), memory))).resolves.toBeDefined();
  });

  test("an interrupt ends child and upload and frees the lock within seconds", async () => {
    const stop = new AbortController();
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    let at = 0;
    store.before = (call) => {
      if (call !== "write" || store.calls.length < 8) return;
      at = performance.now();
      stop.abort();
    };
    await expect(takeBackup(testWorld(configOf(server, "large"), store, stop.signal))).rejects.toThrow();
    expect(performance.now() - at).toBeLessThan(20_000);
    expect(memory.names()).toEqual([]);
    expect(memory.aborted).toHaveLength(1);
    expect(await leftovers(server)).toEqual(nothing);
  });

  test("a wrong password fails at once, and neither password is told", async () => {
    const memory = new MemoryStore();
    let logins = 0;
    const counting = createServer((from) => {
      logins++;
      const to = createConnection(server.port, server.host);
      from.pipe(to).pipe(from);
      for (const end of [from, to]) end.on("error", () => undefined);
    });
    await new Promise<void>((listening) => counting.listen(0, "127.0.0.1", listening));
    const { port } = counting.address() as AddressInfo;
    const postgres = { ...configOf(server, "small"), port, password: "wrong-pass-1" };
    const failed: Error & { code?: string } = await takeBackup(testWorld(postgres, memory)).then(
      () => new Error("it succeeded"),
      (error: Error) => error,
    );
    await new Promise((closed) => counting.close(closed));
    // A second try could lock the account.
    expect(logins).toBe(1);
    expect(failed.code).toBe("DATABASE_UNREACHABLE");
    expect(failed.message).toContain(`password authentication failed for user "postgres"`);
    expect(failed.message).not.toMatch(/wrong-pass-1/);
    expect(failed.message).not.toContain(server.password);
    expect(memory.names()).toEqual([]);
  });

  test("a role that may not read a table, and one that may not see all rows, make no backup", async () => {
    await sql(
      server,
      "small",
      `create role reader login password '${server.password}'; create table notes (owner name);
       insert into notes values ('a'), ('reader')`,
    );
    try {
      const memory = new MemoryStore();
      const run = () => takeBackup(testWorld({ ...configOf(server, "small"), user: "reader" }, memory));
      await expect(run()).rejects.toThrow(/permission denied/);
      await sql(
        server,
        "small",
        `grant pg_read_all_data to reader;
         do $$ declare o oid; begin for o in select oid from pg_largeobject_metadata loop execute format('grant select on large object %s to reader', o); end loop; end $$;
         alter table notes enable row level security; alter table notes force row level security;
         create policy own on notes using (owner = current_user)`,
      );
      await expect(run()).rejects.toThrow(/row-level security|row security/);
      expect(memory.names()).toEqual([]);
      await sql(server, "small", "alter role reader bypassrls");
      const manifest = await run();
      expect(manifest.tables.find(({ name }) => name === "notes")?.rows).toBe(2);
      expect(manifest.roles).toContain("reader");
    } finally {
      await sql(server, "small", "drop table notes; drop owned by reader; drop role reader");
    }
  });

  test("a table that stays locked ends the run after the set wait, naming table and blocker", async () => {
    const holder = await client(server, "small");
    try {
      await holder.query("begin; lock table kept in access exclusive mode");
      const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
      const began = performance.now();
      await expect(takeBackup(testWorld(configOf(server, "small"), new MemoryStore()))).rejects.toMatchObject({
        code: "BACKUP_FAILED",
        message: expect.stringContaining(`kept is locked by server process ${rows[0]?.pid}`),
      });
      expect(performance.now() - began).toBeLessThan(20_000);
    } finally {
      await holder.end();
    }
    expect(await leftovers(server)).toEqual(nothing);
  });

  test("settings of the role and the database do not end a run", async () => {
    await sql(
      server,
      "postgres",
      `alter database large set idle_in_transaction_session_timeout = '50ms';
       alter role postgres in database large set statement_timeout = '1ms';
       alter database large set search_path = 'nowhere'; alter database large set app.jwt_secret = 'hunter2-jwt'`,
    );
    try {
      const manifest = await takeBackup(testWorld(configOf(server, "large"), new MemoryStore()));
      expect(manifest.databaseSettings).toEqual([
        { role: null, settings: ["idle_in_transaction_session_timeout=50ms", "search_path=nowhere", "app.jwt_secret"] },
        { role: "postgres", settings: ["statement_timeout=1ms"] },
      ]);
    } finally {
      await sql(server, "postgres", "alter database large reset all; alter role postgres in database large reset all");
    }
  });

  test("what is written during a dump is not in it: the manifest is the dump, rows and sequences", async () => {
    await sql(
      server,
      "large",
      "create table live (id bigserial, v text); insert into live (v) select 'x' from generate_series(1, 1000)",
    );
    const writer = await client(server, "large");
    let writing = true;
    const writes = (async () => {
      let rows = 0;
      for (; writing; rows++) await writer.query("insert into live (v) values ('y')");
      return rows;
    })();
    const store = new MemoryStore();
    const faulty = new FaultyStore(store);
    // The dump is held up until more has been written.
    faulty.before = async (call) => {
      if (call !== "write") return;
      const [before] = (await writer.query<{ n: string }>("select last_value as n from live_id_seq")).rows;
      for (const limit = Date.now() + 20_000; ; ) {
        const [now] = (await writer.query<{ n: string }>("select last_value as n from live_id_seq")).rows;
        if (Number(now?.n) > Number(before?.n) + 5 || Date.now() > limit) return;
      }
    };
    const manifest = await takeBackup(testWorld(configOf(server, "large"), faulty));
    writing = false;
    expect(await writes).toBeGreaterThan(10);
    await writer.end();
    expect(await restorePlainly(server, store, manifest, "large_copy")).toMatchObject({ code: 0 });
    expect(await compared("large_copy", manifest)).toEqual([]);
    expect((await compared("large", manifest)).map(({ name }) => name)).toEqual(["public.live", "public.live_id_seq"]);
    await sql(server, "large", "drop table live");
  });

  test("some tables alone, or without some: the manifest says what is left out", async () => {
    const store = new MemoryStore();
    const only = await takeBackup(testWorld(configOf(server, "small"), store), {
      include: ["public.kept", "public.tickets"],
    });
    expect(only).toMatchObject({
      scope: { include: ["public.kept", "public.tickets"], exclude: [], whole: false },
      tables: [{ name: "kept", rows: 3 }],
      sequences: [{ name: "tickets" }],
      largeObjects: { count: 0 },
      warnings: ["large objects are left out, as they belong to no table"],
    });
    const without = await takeBackup(testWorld(configOf(server, "small"), store), { exclude: ["kept", "counted"] });
    expect(without).toMatchObject({ scope: { whole: false }, largeObjects: { count: 1 }, anomalies: [] });
    expect(without.tables.map(({ name }) => name)).toEqual(["base", "empty", "fast", "heir", "part"]);
    for (const [manifest, into] of [
      [only, "only_copy"],
      [without, "without_copy"],
    ] as const) {
      expect(await restorePlainly(server, store, manifest, into)).toEqual({ code: 0, stderr: "" });
      expect(await compared(into, manifest)).toEqual([]);
    }
    await expect(takeBackup(testWorld(configOf(server, "small"), store), { include: ["no_such"] })).rejects.toThrow(
      /no matching tables/,
    );
  });

  test("backups are counted up, past what strangers signed", async () => {
    const store = new MemoryStore();
    const run = () => takeBackup(testWorld(configOf(server, "small"), store));
    expect([(await run()).sequence, (await run()).sequence]).toEqual([1, 2]);
    await takeBackup({ ...testWorld(configOf(server, "small"), store), signer: strangerSigner() });
    expect((await run()).sequence).toBe(3);
  });

  test("an empty database is backed up and flagged; so is one that lost nearly all rows", async () => {
    await sql(server, "postgres", "create database fading");
    const store = new MemoryStore();
    const run = () => takeBackup(testWorld(configOf(server, "fading"), store));
    expect((await run()).anomalies).toEqual(["it holds no rows at all"]);
    expect((await run()).anomalies).toEqual([]);
    await sql(server, "fading", "create table t as select g, md5(g::text) from generate_series(1, 20000) g");
    for (let at = 0; at < 3; at++) expect((await run()).anomalies).toEqual([]);
    await sql(server, "fading", "delete from t where g > 100");
    const anomalies = (await run()).anomalies.join("; ");
    expect(anomalies).toMatch(/the dump has .* less than/);
    await sql(server, "fading", "delete from t");
    expect((await run()).anomalies).toEqual(["it holds no rows at all"]);
    expect((await readCatalogue(store, { trusted })).every(({ state }) => state === "complete")).toBe(true);
  });

  test("roles of owners, grants and policies and the tablespaces are listed", async () => {
    const folder = (
      await sql<{ dir: string }>(server, "postgres", "select current_setting('data_directory') || '_ts' as dir")
    )[0]?.dir;
    await sql(server, "postgres", `copy (select 1) to program 'mkdir ${folder}'`);
    await sql(server, "postgres", `create tablespace gl_ts location '${folder}'`);
    await sql(server, "postgres", "create database owned");
    await sql(
      server,
      "owned",
      `create role gl_owner nologin; create role gl_group nologin; create role gl_ro nologin; create role gl_unused nologin;
       create schema s authorization gl_owner; create table s.t (x int) tablespace gl_ts; alter table s.t owner to gl_owner;
       grant select on s.t to gl_group with grant option; create policy p on s.t to gl_ro using (true);
       create table schema_migrations (version bigint primary key, dirty boolean); insert into schema_migrations values (41, false)`,
    );
    const store = new MemoryStore();
    const manifest = await takeBackup(testWorld(configOf(server, "owned"), store));
    expect(manifest).toMatchObject({
      roles: ["gl_group", "gl_owner", "gl_ro", "postgres"],
      tablespaces: ["gl_ts"],
      migrationHead: "41",
    });
    expect(manifest.globals?.plain.bytes).toBeGreaterThan(100);
  });

  test("a role that may not read the server's roles makes a backup without them, with a warning", async () => {
    const bin = programs("no-globals", `exec "$real" "$@"`);
    rmSync(join(bin, "pg_dumpall"));
    writeFileSync(
      join(bin, "pg_dumpall"),
      `#!/bin/sh\ncase "$*" in *--version*) exec "${server.bin}/pg_dumpall" --version;; esac\necho "permission denied for table pg_authid" >&2; exit 1\n`,
    );
    chmodSync(join(bin, "pg_dumpall"), 0o755);
    const manifest = await takeBackup(testWorld({ ...configOf(server, "small"), bin }, new MemoryStore()));
    expect(manifest.globals).toBeNull();
    expect(manifest.warnings).toEqual([
      expect.stringMatching(/roles and tablespaces are not in the backup: .*pg_authid/),
    ]);
  });

  test("no password of a role, a mapping or a login is readable in what is stored", async () => {
    await sql(server, "postgres", "create database secrets");
    await sql(
      server,
      "secrets",
      `create extension postgres_fdw; create server dead foreign data wrapper postgres_fdw options (host '192.0.2.1');
       create user mapping for public server dead options (user 'u', password 'hunter2-fdw'); create table t (x int)`,
    );
    const store = new MemoryStore();
    const world = testWorld(configOf(server, "secrets"), store);
    await takeBackup(world);
    const all = [...store.objects.values()].map((body) => body.toString("latin1")).join("") + world.lines.join("");
    for (const secret of ["hunter2-fdw", server.password, "SCRAM-SHA-256"]) expect(all).not.toContain(secret);
  });

  test("of several databases, one that fails does not keep the others from their backup", async () => {
    const store = new MemoryStore();
    const world = testWorld(configOf(server, "small"), store);
    const failed = takeBackups(world, ["small", "no_such_database", "large"]);
    await expect(failed).rejects.toMatchObject({
      code: "BACKUP_FAILED",
      message: expect.stringMatching(/^no backup of "no_such_database": .*does not exist; done: "small", "large"$/),
    });
    expect((await readCatalogue(store, { trusted })).map(({ database }) => database).sort()).toEqual([
      "large",
      "small",
    ]);
    expect(await takeBackups(world, ["large", "small"])).toHaveLength(2);
  });
});
