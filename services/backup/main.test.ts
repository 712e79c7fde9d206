import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../tests/postgres-server.ts";
import type { Manifest } from "./catalogue/manifest.ts";
import { type ObjectServer, startObjectServer, versitygwPath } from "./testing/object-server.ts";
import { keyFiles, leftovers, nothing, patient, sql } from "./testing/test-world.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
/** Every kind of character that a shell, a URL, a conninfo or a pgpass file would stumble over. */
const password = `p@:/?#[]&%$'"\\ é-${"0123456789"}`;

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => child.once("close", (exit) => resolve({ exit, stdout, stderr })));
  return { child, ended };
}
const golive = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  start(args, env).ended;

/** Every command line of this machine that holds one of these texts, until stopped. */
function watchCommandLines(secrets: readonly string[]): () => { samples: number; found: string[] } {
  const found: string[] = [];
  let samples = 0;
  const timer = setInterval(() => {
    samples++;
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const line = readFileSync(`/proc/${entry}/cmdline`, "utf8");
        if (secrets.some((secret) => line.includes(secret))) found.push(line.replaceAll("\0", " "));
      } catch {
        // It ended meanwhile.
      }
    }
  }, 10);
  return () => {
    clearInterval(timer);
    return { samples, found };
  };
}

test("help names every verb, and each verb's help its variables and exit statuses", async () => {
  expect(await golive(["--help"])).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/run.*list.*restore.*bucket/s),
  });
  for (const [verb, variable] of [
    ["run", "PGPASSWORD_FILE"],
    ["run", "BACKUP_RECIPIENTS_FILE"],
    ["keys new", "--out"],
    ["list", "S3_BUCKET"],
    ["restore", "--into"],
    ["bucket ensure", "BACKUP_LOCK_DAYS"],
  ] as const) {
    const { exit, stdout } = await golive([...verb.split(" "), "--help"]);
    expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringContaining(variable) });
    expect(stdout).toContain("Exit status:");
  }
}, 120_000);

test.each([
  [[], "no verb was given"],
  [["bucket"], "no verb was given"],
  [["purge"], "unknown command 'purge'"],
  [["run", "--database", "a", "--all"], "--database and --all are both given"],
  [["restore", "--into", "a"], "missing required argument 'id'"],
  [["run", "--force"], "unknown option '--force'"],
  // The verb of two words is not the first of them with an argument.
  [["restore", "drop"], "missing required argument 'name'"],
  [["restore", "status", "--into", "a"], "unknown option '--into'"],
])(
  "%j is a wrong use: exit 2",
  async (args, message) => {
    const { exit, stderr } = await golive(args);
    expect({ exit, stderr }).toEqual({
      exit: 2,
      stderr: expect.stringMatching(new RegExp(`^error USAGE: .*${message}.*\nhint: .*\n$`)),
    });
  },
  60_000,
);

const versitygw = await versitygwPath();
const skipped = postgresMissing() ?? (versitygw ? undefined : "versitygw is not here: set GOLIVE_VERSITYGW");

describe.skipIf(skipped)(
  skipped ? `the program (skipped: ${skipped})` : "the program, against a real server and store",
  patient,
  () => {
    let postgres: PostgresServer;
    let objects: ObjectServer;
    let env: Record<string, string>;

    beforeAll(async () => {
      postgres = await startPostgres({ databases: ["app"] });
      objects = await startObjectServer(versitygw as string);
      const quoted = password.replaceAll("'", "''").replaceAll("\\", "\\\\");
      await sql(postgres, "app", `create role keeper login superuser password E'${quoted}'`);
      await sql(
        postgres,
        "app",
        "create table t as select g as id, md5(g::text) || md5((g*7)::text) as text from generate_series(1, 300000) g",
      );
      const file = join(dirname(objects.env.S3_ACCESS_KEY_ID_FILE ?? ""), "password");
      writeFileSync(file, `${password}\n`, { mode: 0o600 });
      env = {
        ...objects.env,
        PGHOST: postgres.host,
        PGPORT: String(postgres.port),
        PGDATABASE: "app",
        PGUSER: "keeper",
        PGPASSWORD_FILE: file,
        PG_BIN: postgres.bin,
        ...keyFiles(dirname(file)),
      };
      expect(await golive(["bucket", "ensure"], env)).toMatchObject({ exit: 0 });
    }, 180_000);
    afterAll(async () => {
      await objects?.stop();
      await postgres?.stop();
    });

    test("run and list; passwords are in no command line and no output, and memory stays small", async () => {
      const secrets = [password, encodeURIComponent(password), password.replaceAll(":", "\\:"), objects.secret];
      const stop = watchCommandLines(secrets);
      const { child, ended } = start(["run", "--json"], env);
      let peakKb = 0;
      const memory = setInterval(() => {
        try {
          peakKb = Math.max(
            peakKb,
            Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0),
          );
        } catch {
          // It ended meanwhile.
        }
      }, 20);
      const run = await ended;
      clearInterval(memory);
      expect(run).toMatchObject({ exit: 0 });
      const { id, dump, tables } = JSON.parse(run.stdout) as Manifest;
      expect(dump.bytes).toBeGreaterThan(8 * 1024 ** 2);
      expect(tables).toMatchObject([{ name: "t", rows: 300_000 }]);

      const list = await golive(["list"], env);
      expect(list).toMatchObject({ exit: 0, stdout: expect.stringContaining(id) });

      const { samples, found } = stop();
      expect(found).toEqual([]);
      expect(samples).toBeGreaterThan(20);
      const outputs = [run, list].map(({ stdout, stderr }) => stdout + stderr).join("\n");
      for (const secret of secrets) expect(outputs).not.toContain(secret);
      expect(peakKb).toBeGreaterThan(0);
      expect(peakKb / 1024).toBeLessThan(220);
    });

    test("a wrong password: exit 5, one sentence, one hint, nothing in the bucket", async () => {
      const before = (await golive(["list", "--json"], env)).stdout;
      const { PGPASSWORD_FILE: _, ...rest } = env;
      const { exit, stderr } = await golive(["run"], { ...rest, PGPASSWORD: "wrong-pass-2" });
      expect({ exit, stderr }).toEqual({
        exit: 5,
        stderr: expect.stringMatching(
          /^error DATABASE_UNREACHABLE: cannot connect .* password authentication failed .*\nhint: .*\n$/,
        ),
      });
      expect(stderr).not.toContain("wrong-pass-2");
      expect((await golive(["list", "--json"], env)).stdout).toBe(before);
    });

    /** Waits until the run is where the server says that it is. */
    async function until(child: ChildProcess, what: string, where: string): Promise<void> {
      const limit = Date.now() + 60_000;
      while ((await sql(postgres, "postgres", where)).length === 0)
        if (Date.now() > limit || child.exitCode !== null) throw new Error(`the run was never seen to ${what}`);
    }
    // The middle of the work, whatever the machine's speed.
    const dumping = "select from pg_stat_activity where application_name = 'golive-backup' and query like 'COPY%'";
    const locked = "select from pg_locks where locktype = 'advisory' and granted";

    test("fault 5: SIGTERM in the middle: upload given up, child gone, lock free, no manifest, exit 143", async () => {
      const before = (await golive(["list", "--json"], env)).stdout;
      const { child, ended } = start(["run"], env);
      await until(child, "dump", dumping);
      const asked = performance.now();
      child.kill("SIGTERM");
      const { exit, stderr } = await ended;
      // A pod has 60 s from SIGTERM to SIGKILL.
      expect(performance.now() - asked).toBeLessThan(30_000);
      expect({ exit, stderr }).toEqual({
        exit: 143,
        stderr: expect.stringContaining("error TERMINATED: stopped by SIGTERM\nhint: "),
      });
      expect(await leftovers(postgres)).toEqual(nothing);
      expect((await golive(["list", "--json"], env)).stdout).toBe(before);
      expect(readdirSync(join(objects.folder, "golive-backups", ".sgwtmp", "multipart"), { recursive: true })).toEqual(
        [],
      );
    });

    test("fault 18: of two processes at once the second ends with 4 and says who is at work; the first is undisturbed", async () => {
      const first = start(["run"], env);
      await until(first.child, "hold the lock", locked);
      // Held up, so that it is at work for as long as the second one looks.
      first.child.kill("SIGSTOP");
      try {
        expect(await golive(["run"], env)).toMatchObject({
          exit: 4,
          stderr: expect.stringMatching(
            /^error LOCKED: backup of database "app" is locked by a session of .*\nhint: /m,
          ),
        });
      } finally {
        first.child.kill("SIGCONT");
      }
      expect(await first.ended).toMatchObject({ exit: 0 });
    });

    test("fault 19: the lock of a run that is killed is free at once, and nothing of the run counts", async () => {
      const ids = async () =>
        (JSON.parse((await golive(["list", "--json"], env)).stdout) as { backups: { id: string }[] }).backups.map(
          ({ id }) => id,
        );
      const before = await ids();
      const { child, ended } = start(["run"], env);
      await until(child, "dump", dumping);
      child.kill("SIGKILL");
      await ended;
      const next = await golive(["run", "--json"], env);
      expect(next).toMatchObject({ exit: 0 });
      expect(await ids()).toEqual([(JSON.parse(next.stdout) as Manifest).id, ...before]);
    });

    test("a store that went away: exit 5 and what to check", async () => {
      const { exit, stderr } = await golive(["list"], { ...env, S3_ENDPOINT: "http://127.0.0.1:9" });
      expect({ exit, stderr }).toEqual({
        exit: 5,
        stderr: expect.stringMatching(/object store: .*ECONNREFUSED.*\nhint: .*S3_ENDPOINT/),
      });
    });
  },
);
