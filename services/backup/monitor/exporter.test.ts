import { expect, test } from "vitest";
import { readMonitorConfig } from "../config/monitor.ts";
import { defaultPolicy } from "../retention/policy.ts";
import { type BackupSketch, completeOf, drilled, verified } from "../testing/backups.ts";
import { judge } from "./checks.ts";
import { Exporter } from "./exporter.ts";
import type { Facts } from "./facts.ts";
import type { Look } from "./look.ts";
import { metricTable } from "./metric-table.ts";

const now = new Date("2026-11-25T05:00:00Z");
const { limits } = readMonitorConfig({ BACKUP_WAL_RPO_SECONDS: "600" });
const lastNight: BackupSketch = { at: new Date("2026-11-25T02:00:00Z"), plainBytes: 4000, rows: 7 };
const before: BackupSketch = { at: new Date("2026-11-24T02:00:00Z"), plainBytes: 2000, rows: 7 };

const facts: Facts = {
  now,
  databases: ["app", 'odd"\\\nname'],
  catalogue: {
    value: [
      completeOf(lastNight),
      completeOf(before, [
        verified(before, new Date("2026-11-24T03:00:00Z")),
        drilled(before, new Date("2026-11-24T04:00:00Z")),
        drilled(before, new Date("2026-11-24T05:00:00Z"), {
          plane: "point-in-time",
          outcome: "failed",
          blame: "backup",
        }),
      ]),
    ],
  },
  samples: undefined,
  stores: [
    { name: "/backups", problem: undefined, skewSeconds: 1.5, newest: [], locks: false, freeBytes: 5, unfinished: 2 },
    {
      name: "s3://x",
      problem: "down",
      skewSeconds: undefined,
      newest: [],
      locks: true,
      freeBytes: undefined,
      unfinished: undefined,
    },
  ],
  schedules: {
    value: [
      { name: "backup", suspended: false },
      { name: "backup-prune", suspended: true },
      { name: "backup-drill", suspended: undefined },
    ],
  },
  told: [{ version: 1, run: "backup", database: "app", state: "failing", at: "", since: "", undelivered: ["slack"] }],
  wal: {
    value: {
      since: new Date("2025-01-01T00:00:00Z"),
      databases: ["app", 'odd"\\\nname'],
      archiving: true,
      countedSince: new Date("2025-01-01T00:00:00Z"),
      lastArchived: new Date("2026-11-25T04:59:00Z"),
      lastFailed: undefined,
      failures: 0,
      waitingSegments: 0,
      archiveTimeoutSeconds: 300,
      slots: [{ name: "slot", active: true, bytes: 12, status: "reserved" }],
      firstRecoverable: { value: new Date("2026-11-01T00:00:00Z") },
    },
  },
};
const lookAt = (change: Partial<Facts> = {}): Look => {
  const seen = { ...facts, ...change };
  return { facts: seen, report: judge(seen, limits), seconds: 2 };
};
/** Values by series, without comments. */
const series = async (exporter: Exporter, at = now): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await exporter.text(at))
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
function exporter(...looks: readonly Look[]): Exporter {
  const made = new Exporter();
  for (const look of looks) made.saw(look, limits, defaultPolicy);
  return made;
}

test("every metric of the table has a series, and nothing else has", async () => {
  const found = new Set(Object.keys(await series(exporter(lookAt()))).map((name) => name.replace(/\{.*/s, "")));
  expect([...found].sort()).toEqual(Object.keys(metricTable).sort());
});

test("the numbers are those of the backups", async () => {
  const all = await series(exporter(lookAt()));
  expect(all).toMatchObject({
    'golive_backup_last_success_timestamp_seconds{database="app"}': lastNight.at.getTime() / 1000,
    'golive_backup_last_proven_timestamp_seconds{database="app"}': before.at.getTime() / 1000,
    'golive_backup_last_verified_timestamp_seconds{database="app"}': Date.parse("2026-11-24T03:00:00Z") / 1000,
    'golive_backup_age_seconds{database="app"}': 3 * 3600,
    'golive_backup_rpo_seconds{database="app"}': 27 * 3600,
    'golive_backup_bytes{database="app"}': 4,
    'golive_backup_plain_bytes{database="app"}': 4000,
    'golive_backup_rows{database="app"}': 7,
    'golive_backup_bytes_ratio{database="app"}': 2,
    'golive_backup_count{database="app",state="complete"}': 2,
    'golive_backup_count{database="app",state="proven"}': 1,
    'golive_backup_retained{database="app"}': 2,
    'golive_backup_prunable{database="app"}': 0,
    'golive_backup_drill_timestamp_seconds{database="app",plane="dump"}': Date.parse("2026-11-24T04:00:00Z") / 1000,
    'golive_backup_drill_rto_seconds{database="app",plane="dump",phase="total"}': 6,
    'golive_backup_drill_red{database="app",plane="dump"}': 0,
    'golive_backup_drill_red{database="app",plane="point-in-time"}': 1,
    'golive_backup_check_status{database="app",check="proven-age"}': 2,
    'golive_backup_run_failing{database="app",kind="backup"}': 1,
    'golive_backup_undelivered_notifications{database="app",kind="backup"}': 1,
    'golive_backup_schedule_suspended{schedule="backup"}': 0,
    'golive_backup_schedule_suspended{schedule="backup-prune"}': 1,
    'golive_backup_schedule_suspended{schedule="backup-drill"}': 1,
    'golive_backup_store_up{store="/backups"}': 1,
    'golive_backup_store_up{store="s3://x"}': 0,
    golive_backup_monitor_timestamp_seconds: now.getTime() / 1000,
    golive_backup_monitor_errors_total: 0,
  });
});

test("a database without a backup has the time 0, so that its age is beyond every limit", async () => {
  const all = await series(exporter(lookAt({ databases: ["new"] })));
  expect(all['golive_backup_last_success_timestamp_seconds{database="new"}']).toBe(0);
  expect(all['golive_backup_drill_timestamp_seconds{database="new",plane="dump"}']).toBe(0);
});

test("whether pruning waits is told by the store's clock, as prune counts it", async () => {
  const frozen = 'golive_backup_prune_frozen{database="app"}';
  const skewed = facts.stores.with(0, { ...facts.stores[0], skewSeconds: 3600 } as Facts["stores"][number]);
  expect([
    (await series(exporter(lookAt())))[frozen],
    (await series(exporter(lookAt({ stores: skewed }))))[frozen],
  ]).toEqual([0, 1]);
});

test("a run that failed of a database that is gone is no alarm for ever; of one that is only not watched it is", async () => {
  const [one] = facts.told;
  const told = ["app", "dropped", "dropped,app", "other", "all databases"].map((database) => ({
    ...(one as Facts["told"][number]),
    database,
  }));
  const failing = async (wal: Facts["wal"]) =>
    Object.keys(await series(exporter(lookAt({ told, wal })))).filter((name) => name.includes("run_failing")).length;
  const wal = facts.wal && "value" in facts.wal ? facts.wal.value : undefined;
  if (wal === undefined) throw new Error("the facts have no server");
  expect(await failing({ value: { ...wal, databases: ["app", "other"] } })).toBe(4);
  // Of a server that cannot be asked, nothing is known to be gone.
  expect(await failing({ problem: "down" })).toBe(5);
  expect(await failing(undefined)).toBe(5);
});

test("a name that a label cannot hold as it is is escaped", async () => {
  expect(await exporter(lookAt()).text(now)).toContain(
    'golive_backup_last_success_timestamp_seconds{database="odd\\"\\\\\\nname"} 0',
  );
});

test("ages grow between two looks", async () => {
  const all = await series(exporter(lookAt()), new Date(now.getTime() + 60_000));
  expect(all['golive_backup_age_seconds{database="app"}']).toBe(3 * 3600 + 60);
});

test("a look that cannot list the backups, or cannot be made, changes no series of theirs and counts", async () => {
  const [healthy, blind] = [
    exporter(lookAt()),
    exporter(lookAt(), lookAt({ now: new Date(now.getTime() + 300_000), catalogue: { problem: "down" }, told: [] })),
  ];
  blind.failed();
  const ofBackups = (all: Record<string, number>) =>
    Object.entries(all).filter(([name]) => name.includes('database="app"') && !name.includes("check_status"));
  const [before, after] = [await series(healthy), await series(blind)];
  expect(ofBackups(after)).toEqual(ofBackups(before));
  expect(after["golive_backup_monitor_errors_total"]).toBe(2);
  expect(after["golive_backup_monitor_timestamp_seconds"]).toBe(before["golive_backup_monitor_timestamp_seconds"]);
  expect(after['golive_backup_check_status{database="app",check="proven-age"}']).toBe(3);
});

test("before anything was seen, no backup is said to exist or to be missing", async () => {
  expect(await series(new Exporter())).toEqual({
    golive_backup_monitor_timestamp_seconds: 0,
    golive_backup_monitor_duration_seconds: 0,
    golive_backup_monitor_errors_total: 0,
  });
});

test("an archive that is drilled by the clock and never was has the time 0; one that nobody drills has no series", async () => {
  const name = 'golive_backup_drill_timestamp_seconds{database="new",plane="point-in-time"}';
  const look = lookAt({ databases: ["new"] });
  expect(await series(exporter(look))).not.toHaveProperty([name]);
  const drilled = new Exporter();
  drilled.saw(look, { ...limits, pointInTimeDrillSeconds: 604_800 }, defaultPolicy);
  expect((await series(drilled))[name]).toBe(0);
});
