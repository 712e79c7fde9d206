import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { diskStore } from "../storage/disk-store.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { restoreTestWorld } from "../testing/restore-world.ts";
import { configOf, keyFiles, leftovers, nothing, patient, sql, testWorld } from "../testing/test-world.ts";
import { restore } from "./restore.ts";
import type { RestoreWorld, Step } from "./restore-world.ts";
import { readStatus } from "./status.ts";
import { undo } from "./undo.ts";

const program = fileURLToPath(new URL("../testing/restore-that-dies.ts", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "golive-swap-"));
let server: PostgresServer;
let store: ObjectStore;
let env: Record<string, string>;

const world = (more: Partial<RestoreWorld> = {}) => restoreTestWorld(configOf(server, "app"), store, more);
const replace = (more: Partial<RestoreWorld> = {}, noSafetyBackup: string | undefined = "a test") =>
  restore(world(more), {
    choice: "latest",
    unproven: true,
    database: "app",
    target: { kind: "replace" },
    noSafetyBackup,
  });
/** "old" is live, "new" in the backup. */
const version = async (): Promise<string> =>
  (await sql<{ v: string }>(server, "app", "select v from state"))[0]?.v ?? "";
const databases = () =>
  sql<{ datname: string; datallowconn: boolean }>(
    server,
    "postgres",
    "select datname, datallowconn from pg_database where datname <> 'template0' and datname not like 'template%' order by 1",
  );

async function dies(what: "restore" | "undo", step: Step): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [program, what, "app", step], { env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once("close", (...ended) => resolve(ended)),
  );
  if (signal === null) throw new Error(`it was not killed at ${step} but ended with ${code}: ${stderr}`);
  return signal;
}

/** Clients that connect, ask, and connect again, until stopped; what went wrong, and when. */
function startClients(count: number) {
  const troubles: { code: string; message: string; at: number }[] = [];
  const seen = new Set<string>();
  let running = true;
  let asked = 0;
  const loop = async (): Promise<void> => {
    while (running) {
      const client = new pg.Client({ ...configOf(server, "app"), ssl: false });
      client.on("error", () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query<{ v: string }>("select v from state");
        seen.add(rows[0]?.v ?? "nothing");
        asked++;
      } catch (error) {
        const { code = "", message } = error as Error & { code?: string };
        troubles.push({ code, message, at: performance.now() });
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  };
  const loops = Array.from({ length: count }, loop);
  return {
    seen,
    troubles,
    asked: () => asked,
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}

describe.skipIf(postgresMissing())("a swap under eight clients", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    const folder = join(home, "store");
    mkdirSync(folder);
    store = diskStore(folder, new AbortController().signal);
    env = {
      PATH: process.env.PATH ?? "",
      ...keyFiles(home),
      BACKUP_STORES: "disk",
      BACKUP_FOLDER: folder,
      BACKUP_SCRATCH_FOLDER: join(home, "scratch"),
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.user,
      PGPASSWORD_FILE: server.passwordFile,
      PG_BIN: server.bin,
    };
    await sql(server, "app", "create table state (v text); insert into state values ('new')");
    await takeBackup(testWorld(configOf(server, "app"), store));
  }, 120_000);
  beforeEach(async () => {
    for (const { datname } of await databases())
      if (datname.startsWith("golive_")) await sql(server, "postgres", `drop database ${datname} with (force)`);
    await sql(server, "app", "update state set v = 'old'");
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test("they read the old rows or the new ones, and are turned away for no longer than the gap that is told", async () => {
    const clients = startClients(8);
    const before = performance.now();
    const limit = Date.now() + 20_000;
    while (clients.asked() < 50 && Date.now() < limit) await delay(10);
    const report = await replace();
    const enough = clients.asked() + 50;
    while (clients.asked() < enough && Date.now() < limit + 20_000) await delay(10);
    const back = await undo(world(), { database: "app" });
    await clients.stop();
    expect([...clients.seen].sort()).toEqual(["new", "old"]);
    // 57P01: their session was ended. 3D000: renamed while they waited to get in.
    expect(clients.troubles.filter(({ code }) => !["57P01", "3D000", "ECONNRESET", ""].includes(code))).toEqual([]);
    const missing = clients.troubles.filter(({ code }) => code === "3D000").map(({ at }) => at);
    for (const gap of [report.gapMs, back.gapMs]) expect(gap).toBeLessThan(3000);
    // Two swaps, and each turns a client away once at most.
    expect(missing.length).toBeLessThanOrEqual(16);
    expect(clients.asked()).toBeGreaterThan(100);
    expect(performance.now() - before).toBeGreaterThan(report.gapMs ?? Number.POSITIVE_INFINITY);
    expect(await version()).toBe("old");
  });

  test.each([
    "chosen",
    "checked",
    "saved",
    "created",
    "loaded",
    "compared",
    "renamed aside",
    "renamed in",
    "marked",
  ] as const)(
    "a tool that is killed at %j has changed nothing; status says so, and the same command finishes",
    async (step) => {
      const clients = startClients(2);
      expect(await dies("restore", step)).toBe("SIGKILL");
      await clients.stop();
      expect(await version()).toBe("old");
      expect(clients.troubles.filter(({ code }) => code === "3D000")).toEqual([]);
      // The lock ends with its session, which the server notices in its own time.
      const limit = Date.now() + 20_000;
      for (;;) {
        const { kept } = await readStatus(world());
        const wanted = ["chosen", "checked", "saved"].includes(step) ? [] : ["broken off"];
        if (JSON.stringify(kept.map(({ state }) => state)) === JSON.stringify(wanted)) break;
        expect(Date.now(), JSON.stringify(kept)).toBeLessThan(limit);
        await delay(50);
      }
      const report = await replace();
      expect(await version()).toBe("new");
      expect((await readStatus(world())).kept).toMatchObject([{ name: report.kept, state: "undoable" }]);
      expect((await databases()).every(({ datallowconn }) => datallowconn)).toBe(true);
    },
  );

  test("a tool that is killed right after the swap has done it, and undo brings the old one back", async () => {
    await dies("restore", "swapped");
    expect(await version()).toBe("new");
    expect((await readStatus(world())).kept).toMatchObject([{ state: "undoable" }]);
    await undo(world(), { database: "app" });
    expect(await version()).toBe("old");
  });

  test("undo takes away what a restore left that was killed before its swap", async () => {
    await dies("restore", "loaded");
    const limit = Date.now() + 20_000;
    const cleared = async () => undo(world(), { database: "app" }).catch((error: { code: string }) => error);
    let result = await cleared();
    while ("code" in result && result.code === "LOCKED" && Date.now() < limit) result = await cleared();
    expect(result).toMatchObject({ did: "cleared" });
    expect(await version()).toBe("old");
    expect((await databases()).map(({ datname }) => datname)).toEqual(["app", "postgres"]);
  });

  test.each(["renamed aside", "marked", "swapped"] as const)(
    "an undo that is killed at %j is finished by the next",
    async (step) => {
      await replace();
      await dies("undo", step);
      expect(await version()).toBe(step === "swapped" ? "old" : "new");
      const limit = Date.now() + 20_000;
      const again = async () => undo(world(), { database: "app" }).catch((error: { code: string }) => error);
      let result = await again();
      while ("code" in result && result.code === "LOCKED" && Date.now() < limit) result = await again();
      expect(result).toMatchObject({ did: step === "swapped" ? "nothing" : "swapped back" });
      expect(await version()).toBe("old");
    },
  );

  test("of two restores of one database the second is refused at once, and the first goes on", async () => {
    let second: Promise<unknown> | undefined;
    const first = await replace({
      atStep: async (step) => {
        if (step === "created")
          second = replace().then(
            () => "it ran",
            (error: { code: string }) => error.code,
          );
        if (step === "loaded") expect(await second).toBe("LOCKED");
      },
    });
    expect(await second).toBe("LOCKED");
    expect(first.kept).not.toBeNull();
    expect(await version()).toBe("new");
    expect(await leftovers(server)).toEqual(nothing);
  });

  test("what is kept can be read and is not written by accident; back in its place it takes writes", async () => {
    const { kept } = await replace();
    expect(await sql(server, kept as string, "select v from state")).toEqual([{ v: "old" }]);
    await expect(sql(server, kept as string, "update state set v = 'x'")).rejects.toThrow(/read-only/);
    await undo(world(), { database: "app" });
    await sql(server, "app", "update state set v = 'written'");
    expect(await version()).toBe("written");
  });

  test("comment, rights and limit of the database stay with its name", async () => {
    await sql(server, "postgres", "create role visitor; comment on database app is 'ours'");
    await sql(
      server,
      "postgres",
      "revoke connect on database app from public; grant connect, temporary on database app to visitor; alter database app connection limit 40",
    );
    const facts =
      "select shobj_description(oid, 'pg_database') as comment, (select array_agg(a::text order by a::text) from unnest(datacl) a) as acl, datconnlimit as most from pg_database where datname = 'app'";
    const before = await sql(server, "postgres", facts);
    await replace();
    expect(await sql(server, "postgres", facts)).toEqual(before);
    await undo(world(), { database: "app" });
    expect(await sql(server, "postgres", facts)).toEqual(before);
  });
});
