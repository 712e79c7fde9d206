import { expect, test } from "vitest";
import type { Entry } from "../catalogue/catalogue.ts";
import { readMonitorConfig } from "../config/monitor.ts";
import { accepted, type BackupSketch, completeOf, drilled, idAt, verified } from "../testing/backups.ts";
import { type CheckName, judge } from "./checks.ts";
import type { Facts, StoreFacts, WalFacts } from "./facts.ts";
import type { State } from "./verdict.ts";

const hour = 3_600_000;
const day = 24 * hour;
const now = new Date("2026-11-25T05:00:00Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

/** Nights at 02:00, newest first, each verified at 03:00; one drill four days ago. */
function nights(count: number, change: (night: number) => Partial<BackupSketch> = () => ({})): Entry[] {
  return Array.from({ length: count }, (_, night) => {
    const sketch = { at: ago(3 * hour + night * day), ...change(night) };
    const records = [verified(sketch, new Date(sketch.at.getTime() + hour))];
    if (night === 4) records.push(drilled(sketch, new Date(sketch.at.getTime() + 2 * hour)));
    return completeOf(sketch, records);
  });
}
/** The same with the newest replaced. */
const newestIs = (newest: Entry, more: readonly Entry[] = nights(9).slice(1)): Entry[] => [newest, ...more];
const lastNight = { at: ago(3 * hour) };

const store: StoreFacts = {
  name: "s3://backups",
  problem: undefined,
  skewSeconds: 0.2,
  newest: [
    { database: "app", id: idAt(lastNight.at), present: true, lockedUntil: new Date(lastNight.at.getTime() + day) },
  ],
  locks: true,
  freeBytes: undefined,
  unfinished: 0,
};
const wal: WalFacts = {
  countedSince: ago(100 * day),
  since: ago(400 * day),
  databases: ["app", "other", "postgres"],
  archiving: true,
  lastArchived: ago(60_000),
  lastFailed: undefined,
  failures: 0,
  waitingSegments: 0,
  archiveTimeoutSeconds: 300,
  slots: [],
  firstRecoverable: undefined,
};

const healthy: Facts = {
  now,
  catalogue: { value: nights(9) },
  databases: ["app"],
  samples: { value: [{ database: "app", id: idAt(lastNight.at), bytes: 4, damage: undefined }] },
  stores: [store],
  told: [],
  schedules: { value: [{ name: "backup", suspended: false }] },
  wal: { value: wal },
};
const limits = readMonitorConfig({ BACKUP_WAL_RPO_SECONDS: "600" }).limits;
const entries = (value: readonly Entry[]): Partial<Facts> => ({ catalogue: { value } });

test("nights that are verified and a drill a week are healthy in all seven checks", () => {
  const { state, checks } = judge(healthy, limits);
  expect(checks.map(({ check, state }) => [check, state])).toEqual([
    ["proven-age", "ok"],
    ["last-runs", "ok"],
    ["size", "ok"],
    ["integrity", "ok"],
    ["storage", "ok"],
    ["drill", "ok"],
    ["wal", "ok"],
  ]);
  expect(state).toBe("ok");
});

const cases: readonly [what: string, change: Partial<Facts>, check: CheckName, state: State, message: RegExp][] = [
  // 1: proven
  ["no backup at all", entries([]), "proven-age", "fail", /there is no backup of it/],
  [
    "backups that nobody proved",
    entries([completeOf(lastNight)]),
    "proven-age",
    "fail",
    /none of its backups is proven \(1 stored\)/,
  ],
  ["nights that fail for three days", entries(nights(9).slice(3)), "proven-age", "fail", /is 3 d old, older than 26 h/],
  [
    "last night's backup failed its check",
    entries(
      newestIs(
        completeOf(lastNight, [verified(lastNight, ago(hour)), verified(lastNight, ago(0), "rotten")]),
        nights(9).slice(2),
      ),
    ),
    "proven-age",
    "fail",
    /is 2 d old/,
  ],
  [
    "a proven backup from the future",
    entries([completeOf({ at: ago(-2 * day) }, [verified({ at: ago(-2 * day) }, now)])]),
    "proven-age",
    "fail",
    /from the future/,
  ],
  [
    "one table saved by hand",
    entries([
      completeOf({ ...lastNight, whole: false, reason: "manual" }, [verified(lastNight, now)]),
      ...nights(9).slice(3),
    ]),
    "proven-age",
    "fail",
    /is 3 d old/,
  ],
  [
    "a moment of the past that was recovered last night",
    entries([completeOf({ ...lastNight, reason: "point-in-time" }, [verified(lastNight, now)]), ...nights(9).slice(3)]),
    "proven-age",
    "fail",
    /is 3 d old/,
  ],
  // 2: runs
  [
    "a suspended or missed CronJob",
    entries(nights(9).slice(2)),
    "last-runs",
    "fail",
    /no scheduled backup since .* due every 24 h/,
  ],
  [
    "only backups by hand since",
    entries(newestIs(completeOf({ ...lastNight, reason: "manual" }), nights(9).slice(2))),
    "last-runs",
    "warn",
    /made by hand/,
  ],
  [
    "verify that never came",
    entries([completeOf(lastNight), completeOf({ at: ago(30 * hour) })]),
    "last-runs",
    "fail",
    /verify has not looked at/,
  ],
  // 3: size
  [
    "half of the bytes",
    entries(nights(9, (night) => (night === 0 ? { plainBytes: 400 } : {}))),
    "size",
    "warn",
    /400 B, 0.4 × the median/,
  ],
  [
    "a tenth of the bytes",
    entries(nights(9, (night) => (night === 0 ? { plainBytes: 100 } : {}))),
    "size",
    "fail",
    /0.1 ×/,
  ],
  ["no rows", entries(nights(9, (night) => (night === 0 ? { rows: 0 } : {}))), "size", "fail", /0 rows, 0 ×/],
  [
    "ten times the bytes",
    entries(nights(9, (night) => (night === 0 ? { plainBytes: 10_000 } : {}))),
    "size",
    "warn",
    /10 ×/,
  ],
  [
    "one small night among the seven",
    entries(nights(9, (night) => (night === 3 ? { plainBytes: 1 } : {}))),
    "size",
    "ok",
    /1 ×/,
  ],
  [
    "an anomaly of the run",
    entries(nights(9, (night) => (night === 0 ? { anomalies: ["table t is gone"] } : {}))),
    "size",
    "fail",
    /table t is gone/,
  ],
  [
    "a drop that a person accepted",
    entries(newestIs(completeOf({ ...lastNight, plainBytes: 1, anomalies: ["small"] }, [accepted(lastNight, now)]))),
    "size",
    "ok",
    /accepted/,
  ],
  ["a single backup", entries(nights(1)), "size", "ok", /nothing to compare/],
  // 4: integrity
  [
    "a newest manifest that nobody trusted signed",
    entries(newestIs({ ...completeOf(lastNight), state: "untrusted", problem: "signed by a stranger" })),
    "integrity",
    "fail",
    /signed by a stranger/,
  ],
  [
    "an old backup without its dump",
    entries([...nights(9), { ...completeOf({ at: ago(20 * day) }), state: "damaged", problem: "its dump is gone" }]),
    "integrity",
    "warn",
    /its dump is gone/,
  ],
  [
    "a run that broke off",
    entries([{ ...completeOf(lastNight), state: "incomplete", problem: "it has no manifest" }, ...nights(9)]),
    "integrity",
    "ok",
    /read whole/,
  ],
  [
    "a newest backup whose bytes rotted",
    { samples: { value: [{ database: "app", id: "x", bytes: 4, damage: "another checksum" }] } },
    "integrity",
    "fail",
    /another checksum/,
  ],
  ["a sample that could not be read", { samples: { problem: "timed out" } }, "integrity", "unknown", /timed out/],
  // 5: storage
  [
    "a store that is down",
    { stores: [{ ...store, problem: "connection refused" }] },
    "storage",
    "fail",
    /s3:\/\/backups cannot be used: connection refused/,
  ],
  ["a clock six minutes ahead", { stores: [{ ...store, skewSeconds: 360 }] }, "storage", "fail", /6 min ahead of ours/],
  ["a clock four minutes behind", { stores: [{ ...store, skewSeconds: -240 }] }, "storage", "ok", /answers/],
  [
    "a bucket that lost its lock",
    { stores: [{ ...store, newest: store.newest.map((one) => ({ ...one, lockedUntil: undefined })) }] },
    "storage",
    "fail",
    /does not lock/,
  ],
  [
    "a lock shorter than asked",
    {
      stores: [
        {
          ...store,
          newest: store.newest.map((one) => ({ ...one, lockedUntil: new Date(lastNight.at.getTime() + hour) })),
        },
      ],
    },
    "storage",
    "warn",
    /for 0.0 days, 1 are asked/,
  ],
  [
    "a second destination that missed it",
    {
      stores: [
        store,
        { ...store, name: "/backups", locks: false, newest: store.newest.map((one) => ({ ...one, present: false })) },
      ],
    },
    "storage",
    "fail",
    /\/backups lacks/,
  ],
  [
    "a folder that is nearly full",
    { stores: [{ ...store, locks: false, freeBytes: 4 }] },
    "storage",
    "fail",
    /4 B free/,
  ],
  [
    "a folder with room for two more",
    { stores: [{ ...store, locks: false, freeBytes: 10 }] },
    "storage",
    "warn",
    /10 B free/,
  ],
  [
    "uploads that were left behind",
    { stores: [{ ...store, unfinished: 2 }] },
    "storage",
    "warn",
    /2 unfinished uploads/,
  ],
  // 6: drill
  ["a system too young for a drill", entries(nights(3)), "drill", "warn", /no drill was made yet/],
  [
    "no drill in a month",
    entries(Array.from({ length: 30 }, (_, n) => completeOf({ at: ago(3 * hour + n * day) }))),
    "drill",
    "fail",
    /no drill was ever made/,
  ],
  [
    "a drill nine days ago",
    entries([...nights(3), completeOf({ at: ago(9 * day) }, [drilled({ at: ago(9 * day) }, ago(9 * day))])]),
    "drill",
    "fail",
    /passed 9 d ago, one is due every 7 d/,
  ],
  [
    "a red drill",
    entries(
      newestIs(
        completeOf(lastNight, [
          drilled(lastNight, now, { outcome: "failed", blame: "backup", problem: "5 rows are missing" }),
        ]),
      ),
    ),
    "drill",
    "fail",
    /was red: 5 rows are missing/,
  ],
  [
    "a drill that broke",
    entries(
      newestIs(
        completeOf(lastNight, [drilled(lastNight, now, { outcome: "failed", blame: "drill", problem: "disk full" })]),
      ),
    ),
    "drill",
    "warn",
    /broke and says nothing about the backup: disk full/,
  ],
  [
    "a restore slower than the objective",
    entries(
      newestIs(
        completeOf(lastNight, [drilled(lastNight, now, { phases: { fetch: 0, restore: 0, compare: 0, total: 7200 } })]),
      ),
    ),
    "drill",
    "fail",
    /took 2 h, the objective is 60 min/,
  ],
  [
    "a stale point-in-time drill",
    entries([
      ...nights(9),
      completeOf({ at: ago(20 * day) }, [drilled({ at: ago(20 * day) }, ago(19 * day), { plane: "point-in-time" })]),
    ]),
    "drill",
    "fail",
    /point-in-time drill .* 19 d ago/,
  ],
  // 7: WAL
  [
    "an archiver that fails",
    { wal: { value: { ...wal, lastFailed: ago(0), failures: 7 } } },
    "wal",
    "fail",
    /archiving fails .*7 failures/,
  ],
  [
    "a failure that is over",
    { wal: { value: { ...wal, lastFailed: ago(hour), failures: 7 } } },
    "wal",
    "ok",
    /60 s ago/,
  ],
  [
    "an archiver that hangs",
    { wal: { value: { ...wal, lastArchived: ago(hour), waitingSegments: 3 } } },
    "wal",
    "fail",
    /3 full segments wait/,
  ],
  [
    "an archiver that never ran",
    { wal: { value: { ...wal, lastArchived: undefined, waitingSegments: undefined } } },
    "wal",
    "fail",
    /nothing was archived in 100 d, and no try failed/,
  ],
  [
    "an archiver that never ran, of a server that waits for full segments",
    { wal: { value: { ...wal, lastArchived: undefined, archiveTimeoutSeconds: 0 } } },
    "wal",
    "warn",
    /nothing was archived in 100 d; archive_timeout is 0 s/,
  ],
  [
    "a server that has just started",
    { wal: { value: { ...wal, lastArchived: undefined, countedSince: ago(60_000) } } },
    "wal",
    "unknown",
    /nothing was archived yet/,
  ],
  ["a quiet server", { wal: { value: { ...wal, lastArchived: ago(3 * day) } } }, "wal", "ok", /nothing waits/],
  [
    "a quiet server without archive_timeout",
    { wal: { value: { ...wal, lastArchived: ago(hour), archiveTimeoutSeconds: 0 } } },
    "wal",
    "warn",
    /archive_timeout is 0 s/,
  ],
  [
    "an archive that was asked for and is off",
    { wal: { value: { ...wal, archiving: false } } },
    "wal",
    "fail",
    /archive_mode is off/,
  ],
  ["a server that does not answer", { wal: { problem: "connection refused" } }, "wal", "unknown", /connection refused/],
  [
    "a suspended schedule",
    { schedules: { value: [{ name: "backup-verify", suspended: true }] } },
    "last-runs",
    "fail",
    /schedule backup-verify is suspended/,
  ],
  ["no server to ask", { wal: undefined }, "wal", "unknown", /PGUSER/],
  [
    "a slot that nobody reads",
    { wal: { value: { ...wal, slots: [{ name: "old", active: false, bytes: 2e9, status: "extended" }] } } },
    "wal",
    "warn",
    /slot "old" \(nobody reads it\) holds 2.0 GB/,
  ],
  [
    "a slot that lost its WAL",
    { wal: { value: { ...wal, slots: [{ name: "old", active: false, bytes: 0, status: "lost" }] } } },
    "wal",
    "fail",
    /is lost/,
  ],
  [
    "an archive that does not tell its first point",
    { wal: { value: { ...wal, firstRecoverable: { problem: "no file" } } } },
    "wal",
    "unknown",
    /first recoverable point/,
  ],
];

test.each(cases)("%s", (_what, change, check, state, message) => {
  const result = judge({ ...healthy, ...change }, limits).checks.find((one) => one.check === check);
  expect(result).toMatchObject({ state, message: expect.stringMatching(message) });
});

test("where no archive is asked for, a server without one and a platform without a server are no findings", () => {
  const unasked = { ...limits, walSeconds: undefined };
  for (const facts of [undefined, { value: { ...wal, archiving: false } }])
    expect(judge({ ...healthy, wal: facts }, unasked).checks.map(({ check }) => check)).not.toContain("wal");
});

test("a store that cannot be listed makes the checks of backups unknown, never green and never red", () => {
  const { checks, state } = judge({ ...healthy, catalogue: { problem: "denied" }, samples: undefined }, limits);
  const ofBackups = checks.filter(({ database }) => database === "app");
  expect(ofBackups.map((one) => one.state)).toEqual(Array.from({ length: 5 }, () => "unknown"));
  expect(state).toBe("unknown");
});

test("each database is judged alone: a fresh one does not hide a stale one", () => {
  const other = nights(9, () => ({ database: "other" }));
  const facts = { ...healthy, databases: ["app", "other"], catalogue: { value: [...nights(9).slice(3), ...other] } };
  const proven = judge(facts, limits).checks.filter(({ check }) => check === "proven-age");
  expect(proven.map(({ database, state }) => [database, state])).toEqual([
    ["app", "fail"],
    ["other", "ok"],
  ]);
});

test("a database that is named but has no backup is red; with none named, an empty store is", () => {
  expect(judge({ ...healthy, databases: ["app", "new"] }, limits).checks).toContainEqual(
    expect.objectContaining({ check: "proven-age", database: "new", state: "fail" }),
  );
  expect(judge({ ...healthy, databases: [], catalogue: { value: [] } }, limits)).toMatchObject({ state: "fail" });
});

test("value and limit are those of the worst finding", () => {
  const result = judge({ ...healthy, ...entries(nights(9).slice(3)) }, limits).checks[0];
  expect(result).toMatchObject({
    check: "proven-age",
    value: 75 * 3600,
    limit: 26 * 3600,
    runbook: "backup-not-proven",
  });
});

test("where the archive of the log is drilled by the clock, that drill is due as the other is", () => {
  const archived = { ...limits, pointInTimeDrillSeconds: 7 * 86_400 };
  const drillOf = (value: readonly Entry[]) =>
    judge({ ...healthy, catalogue: { value } }, archived).checks.find(({ check }) => check === "drill");
  expect(drillOf(nights(9))).toMatchObject({
    state: "fail",
    message: expect.stringMatching(/no point-in-time drill was ever/),
  });
  expect(drillOf(nights(5))).toMatchObject({
    state: "warn",
    message: expect.stringMatching(/no point-in-time drill was made/),
  });
  const recovered = (days: number) => drilled(lastNight, ago(days * day), { plane: "point-in-time" });
  expect(drillOf(newestIs(completeOf(lastNight, [verified(lastNight, now), recovered(1)])))).toMatchObject({
    state: "ok",
  });
  expect(drillOf(newestIs(completeOf(lastNight, [recovered(9)])))).toMatchObject({
    state: "fail",
    message: expect.stringMatching(/point-in-time drill of .* passed 9 d ago, one is due every 7 d/),
  });
});
