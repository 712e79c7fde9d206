import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../kube/kube.ts";
import { readSettings } from "../stack/settings.ts";
import { type FakeWorld, fakeWorld, pod } from "../testing/fake-world.ts";
import { baseBackupLines, listBaseBackups } from "./base-backups.ts";
import { lastFault, recoveryName } from "./recovery-cluster.ts";
import { restoreToTime } from "./restore-at.ts";

// The fake world's clock says 2026-11-25T12:00:00Z.
const at = "2026-11-25T11:30:00Z";
const name = "postgres-at-20261125t113000z";
const id = "2026-11-25T120001Z-3f9c1a";
const healthy = {
  phase: "Cluster in healthy state",
  managedRolesStatus: { byStatus: { reconciled: ["backup"] } },
};

const plugin = {
  name: "barman-cloud.cloudnative-pg.io",
  isWALArchiver: true,
  parameters: { barmanObjectName: "point-in-time", serverName: "postgres" },
};
const live: KubeObject = {
  metadata: { name: "postgres" },
  spec: {
    instances: 2,
    plugins: [plugin],
    imageCatalogRef: { name: "postgres-0123456789" },
    storage: { size: "2Gi" },
    resources: { limits: { memory: "320Mi" } },
    postgresql: {
      parameters: { max_connections: "60" },
      synchronous: { method: "any", number: 1 },
      pg_hba: ["hostnossl all all all reject"],
    },
    managed: { roles: [{ name: "backup", bypassrls: true }, { name: "restore" }] },
  },
  status: { conditions: [{ type: "ContinuousArchiving", status: "True" }] },
};
const store: KubeObject = {
  metadata: { name: "point-in-time" },
  status: { serverRecoveryWindow: { postgres: { firstRecoverabilityPoint: "2026-11-24T01:00:20Z" } } },
};
const base = (backup: string, status: Record<string, string>, cluster = "postgres"): KubeObject => ({
  metadata: { name: backup },
  spec: { cluster: { name: cluster } },
  status,
});

let fake: FakeWorld;
/** SQL that the primary was asked. */
let asked: string[];
/** Segments that the archive has, one look after the other. */
let archived: string[];
beforeEach(() => {
  fake = fakeWorld();
  asked = [];
  archived = ["000000010000000000000007"];
  fake.objects = {
    cluster: [live],
    objectStore: [store],
    backup: [
      base("daily-1", { phase: "completed", backupId: "20261124T010000", startedAt: "2026-11-24T01:00:00Z" }),
      base("daily-2", { phase: "walArchivingFailing", startedAt: "2026-11-25T01:00:00Z" }),
      base("other", { phase: "completed" }, "another"),
    ],
  };
  fake.pods = [pod("postgres", { name: "postgres-1" })];
  fake.job.lines = ["[note] dumping", "{", `  "id": "${id}"`, "}"];
  fake.executed = (command) => {
    const sql = command.filter((_, index) => command[index - 1] === "-c");
    asked.push(...sql);
    const text = sql.join(";");
    const stdout = text.includes("clock_timestamp")
      ? "t\n"
      : text.includes("pg_switch_wal")
        ? "812\n000000010000000000000007\n"
        : `2026-11-25T11:58:00.000Z|${archived.shift() ?? "000000010000000000000007"}|\n`;
    return { exitCode: 0, stdout, stderr: "" };
  };
});

/** Every cluster that is made comes to this state. */
function becomes(status: unknown): void {
  fake.made = (object) => ({ ...object, status });
}

const run = async (options: Partial<Parameters<typeof restoreToTime>[2]> = {}) =>
  await restoreToTime(fake.world, await readSettings(fake.world, "local"), {
    at,
    replace: true,
    yes: true,
    ...options,
  });

afterEach(async () => {
  const { folder } = await readSettings(fake.world, "local");
  expect(existsSync(join(folder, "restore-at.lock")), "the lock is left").toBe(false);
});

test("a moment is recovered beside the live server, backed up from there, and restored like any backup", async () => {
  becomes(healthy);
  const result = await run();
  expect(result).toMatchObject({ exit: 0, json: { at: "2026-11-25T11:30:00.000Z", backup: id, into: null } });
  expect(fake.jobs.map(({ cronJob, args, env }) => ({ cronJob, args, env }))).toEqual([
    { cronJob: "backup", args: ["run", "--reason=point-in-time", "--json"], env: { PGHOST: `${name}-rw` } },
    { cronJob: "backup-restore", args: ["restore", "--yes", "--replace", "--", id], env: undefined },
  ]);
  // Taken away before the restore begins: it is not needed for it.
  expect(fake.calls).toEqual([`create cluster ${name}`, `remove cluster ${name}`]);
  expect(fake.objects.cluster).toEqual([live]);
});

test("the recovered server reads the archive, never writes to it, and takes no traffic of the live one", async () => {
  let made: KubeObject | undefined;
  fake.made = (object) => {
    made = { ...object, status: healthy };
    return made;
  };
  await run({ replace: false, into: "app_then", database: "app" });
  expect(made?.metadata).toMatchObject({
    labels: { "golive.dev/point-in-time": "recovery" },
    annotations: { "golive.dev/made-on": hostname() },
  });
  const spec = made?.spec as Record<string, unknown>;
  expect(spec).not.toHaveProperty("plugins");
  expect(spec).toMatchObject({
    instances: 1,
    imageCatalogRef: { name: "postgres-0123456789" },
    storage: { size: "2Gi" },
    inheritedMetadata: { labels: { "golive.dev/point-in-time": "recovery" } },
    serviceAccountName: "postgres",
    certificates: { serverCASecret: "postgres-ca" },
    bootstrap: { recovery: { source: "archive", recoveryTarget: { targetTime: "2026-11-25T11:30:00.000Z" } } },
    externalClusters: [{ name: "archive", plugin: { name: plugin.name, parameters: plugin.parameters } }],
    managed: { roles: [{ name: "backup" }] },
    postgresql: { parameters: { max_connections: "60" } },
  });
  expect(spec.postgresql).not.toHaveProperty("synchronous");
  expect(fake.jobs[0]?.args).toContain("--database=app");
  expect(fake.jobs[1]?.args).toEqual(["restore", "--into=app_then", "--database=app", "--", id]);
});

test("the archive is brought up to now first, with a commit that is later than the moment", async () => {
  becomes(healthy);
  archived = ["", "000000010000000000000006", "000000010000000000000006.00000028.backup", "000000010000000000000007"];
  await run();
  expect(asked.join("\n")).toMatch(/pg_current_xact_id[\s\S]*pg_switch_wal/);
  expect(fake.lines).toContain("+ Bring the archive up to now: up to 000000010000000000000007");
  expect(fake.lines).toContain("    waiting for segment 000000010000000000000007");
});

test("an archive that takes nothing ends the restore before anything is made", async () => {
  archived = Array.from({ length: 400 }, () => "000000010000000000000006");
  await expect(run()).rejects.toMatchObject({ code: "BACKUP_FAILED", hint: expect.stringContaining("golive logs") });
  expect(fake.calls).toEqual([]);
});

test("with the live database lost, what the archive has is used", async () => {
  becomes(healthy);
  fake.pods = [];
  await run();
  expect(fake.lines.join("\n")).toContain("left as it is: no primary of the database is ready");
  expect(fake.jobs).toHaveLength(2);
});

test.each([
  ["2026-11-24T01:00:19Z", "is before 2026-11-24T01:00:20.000Z, the first moment"],
  ["2026-11-25T12:30:00Z", "has not come yet"],
])("%s cannot be had back: it %s", async (moment, message) => {
  await expect(run({ at: moment })).rejects.toMatchObject({
    code: "BACKUP_NOT_FOUND",
    message: expect.stringContaining(message),
  });
  expect([fake.calls, fake.jobs]).toEqual([[], []]);
});

test("without a base backup, or without an archive, no moment can be had back", async () => {
  fake.objects.objectStore = [];
  await expect(run()).rejects.toThrow("no base backup is done yet");
  fake.objects.cluster = [{ ...live, spec: { instances: 2 } }];
  await expect(run()).rejects.toThrow("archives no write-ahead log");
});

test.each([
  [{ replace: true, into: "b" }, "given together"],
  [{ replace: false }, "not said where"],
  [{ at: "noon" }, "is no moment"],
])("%j is refused before anything is asked", async (options, message) => {
  await expect(run(options)).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining(message) });
  expect(asked).toEqual([]);
});

test("to replace the live database somebody has to say yes", async () => {
  await expect(run({ yes: false })).rejects.toMatchObject({ code: "USAGE", hint: expect.stringContaining("--yes") });
  expect(fake.calls).toEqual([]);
});

test.each([
  ["a recovery that fails", () => becomes({ phase: "Setting up primary" })],
  ["a backup that fails", () => becomes(healthy)],
])("the recovered server is taken away after %s, and nothing is restored", async (_, arrange) => {
  arrange();
  fake.pods.push(pod(name, { name: `${name}-1-full-recovery-x`, phase: "Failed" }));
  fake.logged = [
    '{"level":"info","record":{"error_severity":"FATAL","message":"recovery ended before configured recovery target was reached"}}',
    '{"level":"error","msg":"restore error","error":"exit status 1"}',
  ];
  fake.job.exitCode = 7;
  await expect(run()).rejects.toMatchObject({ code: "BACKUP_FAILED" });
  expect(fake.calls.at(-1)).toBe(`remove cluster ${name}`);
  expect(fake.jobs.map(({ cronJob }) => cronJob)).not.toContain("backup-restore");
});

test("Ctrl-C in the middle of a recovery takes the recovered server away", async () => {
  becomes({ phase: "Setting up primary" });
  const { wait } = fake.world.clock;
  Object.assign(fake.world.clock, {
    wait: async (ms: number, options?: { evenWhenAborted: boolean }) => {
      await wait(ms);
      if (fake.calls.includes(`create cluster ${name}`) && !options?.evenWhenAborted) {
        fake.controller.abort(new Error("Ctrl-C"));
        throw fake.controller.signal.reason;
      }
    },
  });
  await expect(run()).rejects.toThrow("Ctrl-C");
  expect(fake.calls).toEqual([`create cluster ${name}`, `remove cluster ${name}`]);
});

test("what a killed restore has left is deleted by the next; what another machine works with is not", async () => {
  becomes(healthy);
  const left = (host: string, made: string): KubeObject => ({
    metadata: {
      name: "postgres-at-20261125t090000z",
      labels: { "golive.dev/point-in-time": "recovery" },
      annotations: { "golive.dev/made-on": host },
      creationTimestamp: made,
    },
  });
  fake.objects.cluster.unshift(left(hostname(), "2026-11-25T11:59:00Z"));
  await run();
  expect(fake.calls[0]).toBe("remove cluster postgres-at-20261125t090000z");

  fake.objects.cluster = [live, left("elsewhere", "2026-11-25T11:00:00Z")];
  await expect(run()).rejects.toMatchObject({ code: "LOCKED", message: expect.stringContaining("elsewhere") });
  fake.objects.cluster = [live, left("elsewhere", "2026-11-23T11:00:00Z")];
  await run();
  expect(fake.objects.cluster).toEqual([live]);
});

test("both ends of the window and the base backups are listed, newest first, of this cluster alone", async () => {
  const found = await listBaseBackups(fake.world, await readSettings(fake.world, "local"));
  expect(found).toMatchObject({
    firstRecoverable: "2026-11-24T01:00:20.000Z",
    lastArchived: "2026-11-25T11:58:00.000Z",
    archiving: "working",
    backups: [
      { name: "daily-2", state: "running", id: undefined },
      { name: "daily-1", state: "completed", id: "20261124T010000" },
    ],
  });
  const text = baseBackupLines(found as NonNullable<typeof found>).join("\n");
  expect(text).toContain("any moment from 2026-11-24T01:00:20.000Z to 2026-11-25T11:58:00.000Z");
  expect(text).not.toContain("NOT archived");
});

test("without an archive there is nothing to list; with a dead primary the rest is listed", async () => {
  fake.pods = [];
  const settings = await readSettings(fake.world, "local");
  expect(await listBaseBackups(fake.world, settings)).toMatchObject({ lastArchived: undefined });
  fake.objects.cluster = [];
  expect(await listBaseBackups(fake.world, settings)).toBeUndefined();
});

test("what PostgreSQL said last is what went wrong; a hopeless word goes before later noise", () => {
  expect(lastFault(["no json", '{"level":"error","msg":"a","error":"b"}', '{"level":"info","msg":"c"}'])).toBe("a: b");
  expect(lastFault(['{"level":"error","error":"no target backup found"}', '{"level":"error","msg":"z"}'])).toBe(
    "no target backup found",
  );
  expect(lastFault([])).toBe("its log does not say why");
});

test("the recovered server is named after the moment, within what the operator allows", () => {
  expect(recoveryName(new Date(at))).toBe(name);
  expect(name.length).toBeLessThan(50);
});

test("how it is restored is passed on; progress is progress, and the result alone is the result", async () => {
  becomes(healthy);
  const lines = ["fetching 7 kB", "restored it in 3 s", "compared: 2 rows"];
  fake.nextJobs = [fake.job, { exitCode: 0, trouble: undefined, lines }];
  const { text } = await run({ how: ["--no-owner"] });
  expect(text).toBe("restored it in 3 s\ncompared: 2 rows");
  expect(fake.jobs[1]?.args).toEqual(["restore", "--yes", "--replace", "--no-owner", "--", id]);
  expect(fake.lines.join("\n")).toContain("fetching 7 kB");
  expect(fake.lines.join("\n")).not.toContain('"id"');
});

test("a restore that is refused says that the moment need not be recovered again", async () => {
  becomes(healthy);
  fake.nextJobs = [
    fake.job,
    {
      exitCode: 7,
      trouble: undefined,
      lines: ['error RESTORE_REFUSED: "restore" is not a member of "postgres"', "hint: Give --no-owner."],
    },
  ];
  await expect(run()).rejects.toMatchObject({
    code: "RESTORE_REFUSED",
    hint: `Give --no-owner. The moment is kept as backup ${id}: \`golive restore ${id}\` goes on from there.`,
  });
});
