import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { runCli } from "../cli.ts";
import type { DrillOutcome } from "../drill/outcome.ts";
import { processesIn } from "../drill/scratch-folder.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { diskStore } from "../storage/disk-store.ts";
import { configOf, keyFiles, patient, sql, testKeys, testWorld } from "../testing/test-world.ts";

const program = fileURLToPath(new URL("../main.ts", import.meta.url));

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
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  return { child, ended: new Promise((resolve) => child.once("close", (exit) => resolve({ exit, ...said }))) };
}

test.each([
  [["--plane", "moon"], /--plane moon is unknown/],
  [["--plane", "point-in-time", "--tolerance", "much"], /--tolerance "much" is no number/],
])("%j is a wrong use", async (args, message) => {
  const folder = mkdtempSync(join(tmpdir(), "drill-verb-"));
  try {
    const env = { ...keyFiles(folder), BACKUP_STORES: "disk", BACKUP_FOLDER: folder, PGDATABASE: "app", PGUSER: "x" };
    const signal = new AbortController().signal;
    const outcome = await runCli(["drill", ...args], { env, now: () => new Date(), report: () => undefined, signal });
    expect(outcome).toMatchObject({ exit: 2, stderr: expect.stringMatching(message) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a Cluster that cannot be read is said before anything is asked of anybody", async () => {
  const folder = mkdtempSync(join(tmpdir(), "drill-verb-"));
  try {
    const stores = { BACKUP_STORES: "disk", BACKUP_FOLDER: folder };
    const recovery = { PGDATABASE: "app", PGUSER: "x", BACKUP_RECOVERY_CLUSTER_FILE: join(folder, "cluster.json") };
    const env = { ...keyFiles(folder), ...stores, ...recovery };
    const signal = new AbortController().signal;
    const argv = ["drill", "--plane=point-in-time"];
    const outcome = await runCli(argv, { env, now: () => new Date(), report: () => undefined, signal });
    expect(outcome).toMatchObject({ exit: 2, stderr: expect.stringContaining("cluster.json: ENOENT") });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what is no identity on standard input is told without a word of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "drill-verb-"));
  try {
    const env = { ...keyFiles(folder), BACKUP_STORES: "disk", BACKUP_FOLDER: folder };
    const { child, ended } = start(["drill", "--identity", "-"], env);
    child.stdin?.end("hunter2\n");
    expect(await ended).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("standard input holds a line that is no age identity"),
    });
    expect((await ended).stderr).not.toContain("hunter2");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(postgresMissing())("`golive-backup drill`", patient, () => {
  let server: PostgresServer;
  let root = "";
  let scratch = "";
  let env: Record<string, string>;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "drill-verb-"));
    chmodSync(root, 0o755);
    scratch = join(root, "s");
    const invariants = join(root, "invariants");
    for (const folder of [invariants, join(root, "store")]) mkdirSync(folder);
    server = await startPostgres({ databases: ["app", "other"] });
    for (const database of ["app", "other"]) {
      await sql(
        server,
        database,
        "create table t as select g as id, md5(g::text) as text from generate_series(1, 300000) g",
      );
      await takeBackup(
        testWorld(configOf(server, database), diskStore(join(root, "store"), new AbortController().signal)),
      );
    }
    writeFileSync(join(root, "escrow"), `${testKeys().identities[1]}\n`);
    env = {
      ...keyFiles(root),
      BACKUP_STORES: "disk",
      BACKUP_FOLDER: join(root, "store"),
      BACKUP_SCRATCH_FOLDER: scratch,
      BACKUP_INVARIANTS_FOLDER: invariants,
    };
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test("drills one backup of every database, shows progress, and answers with one document", async () => {
    const { exit, stdout, stderr } = await start(["drill", "--json"], env).ended;
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    const { drills } = JSON.parse(stdout) as { drills: DrillOutcome[] };
    expect(drills.map(({ database, outcome, rows }) => [database, outcome, rows])).toEqual([
      ["app", "passed", 300_000],
      ["other", "passed", 300_000],
    ]);
    expect(stderr).toMatch(/drill of backup .*\n(.*\n)*comparing every table/);
    expect(stderr + stdout).not.toContain("AGE-SECRET-KEY");
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.each(["in a file", "on standard input"])("with the escrow key alone, %s, of one database", async (where) => {
    const identity = where === "in a file" ? join(root, "escrow") : "-";
    const running = start(["drill", "--database", "other", "--id", "latest", "--identity", identity], env);
    running.child.stdin?.end(where === "in a file" ? "" : `# public key: …\n${testKeys().identities[1]}\n`);
    const { exit, stdout } = await running.ended;
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: expect.stringContaining(`opened with the identity of ${testKeys().recipients[1]}`),
    });
  });

  test("red is exit 11 and a broken drill exit 10, both with the whole report", async () => {
    const file = join(env.BACKUP_INVARIANTS_FOLDER ?? "", "few.sql");
    writeFileSync(file, "select id from t where id < 3 order by id");
    const red = await start(["drill", "--database", "app"], env).ended;
    expect(red).toMatchObject({
      exit: 11,
      stdout: expect.stringMatching(/RED.*\n(.*\n)*invariant few: violated by 2 rows/),
    });
    writeFileSync(file, "select id frm t");
    const broken = await start(["drill", "--database", "app"], env).ended;
    expect(broken).toMatchObject({
      exit: 10,
      stdout: expect.stringMatching(/the drill itself broke.*\nproblem: .*few\n(.*\n)*invariant few: .*syntax error/),
    });
    rmSync(file);
  });

  test.each([
    ["SIGTERM", 143, "TERMINATED"],
    ["SIGINT", 130, "INTERRUPTED"],
  ] as const)("%s in the middle: exit %i, and neither a file nor a process is left", async (signal, exit, code) => {
    const before = readdirSync(root, { recursive: true }).filter((name) => /records.*drill/.test(String(name)));
    const { child, ended } = start(["drill", "--database", "app"], env);
    await new Promise<void>((resolve, reject) => {
      child.once("close", () => reject(new Error("it ended before it restored")));
      child.stderr?.on("data", (text) => /restoring/.test(String(text)) && resolve());
    });
    child.kill(signal);
    expect(await ended).toMatchObject({ exit, stderr: expect.stringContaining(`error ${code}: stopped by ${signal}`) });
    expect(readdirSync(scratch)).toEqual([]);
    expect(await processesIn(scratch)).toEqual([]);
    expect(readdirSync(root, { recursive: true }).filter((name) => /records.*drill/.test(String(name)))).toEqual(
      before,
    );
  });

  test("SIGKILL in the middle: the server ends with it, and the next drill removes the folder", async () => {
    const { child, ended } = start(["drill", "--database", "app"], env);
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (text) => /restoring/.test(String(text)) && resolve()),
    );
    child.kill("SIGKILL");
    await ended;
    expect(readdirSync(scratch)).toHaveLength(1);
    const next = await start(["drill", "--database", "other"], env).ended;
    expect(next).toMatchObject({
      exit: 0,
      stderr: expect.stringMatching(/removed .*, left by a drill that was killed/),
    });
    expect(readdirSync(scratch)).toEqual([]);
    expect(await processesIn(scratch)).toEqual([]);
  });
});
