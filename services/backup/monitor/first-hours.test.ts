import { expect, test } from "vitest";
import type { Complete } from "../catalogue/catalogue.ts";
import { readMonitorConfig } from "../config/monitor.ts";
import { completeOf, drilled, verified } from "../testing/backups.ts";
import { judge } from "./checks.ts";
import type { Facts, WalFacts } from "./facts.ts";

const hour = 3_600_000;
const now = new Date("2026-11-25T05:00:00Z");
const ago = (hours: number) => new Date(now.getTime() - hours * hour);
const { limits } = readMonitorConfig({});

const server = (more: Partial<WalFacts>): Facts["wal"] => ({
  value: {
    since: ago(10_000),
    databases: ["app"],
    archiving: false,
    countedSince: undefined,
    lastArchived: undefined,
    lastFailed: undefined,
    failures: 0,
    waitingSegments: undefined,
    archiveTimeoutSeconds: 0,
    slots: [],
    firstRecoverable: undefined,
    ...more,
  },
});
const factsOf = (entries: readonly Complete[], wal: Facts["wal"], more: Partial<Facts> = {}): Facts => ({
  now,
  catalogue: { value: entries },
  databases: ["app"],
  samples: undefined,
  stores: [],
  told: [],
  schedules: undefined,
  wal,
  ...more,
});
const states = (facts: Facts, of = limits) =>
  Object.fromEntries(judge(facts, of).checks.map(({ check, state, message }) => [check, `${state}: ${message}`]));
/** The number that counts all backups there ever were, beside those that are there. */
const numbered = (sequence: number, hours: number, proven = false): Complete => {
  const sketch = { at: ago(hours) };
  const entry = completeOf(sketch, proven ? [verified(sketch, ago(hours - 1))] : []);
  return { ...entry, manifest: { ...entry.manifest, sequence } };
};

test("before the first backup is due, its absence is a warning that says when it is due", () => {
  expect(states(factsOf([], server({ since: ago(3) })))).toMatchObject({
    "proven-age": "warn: there is no backup yet: the server is 3 h old, the first is due within 26 h",
    "last-runs": expect.stringMatching(/^warn: there is no backup yet/),
  });
});

test("neither is an empty store without a named database red before that", () => {
  const none = { databases: [], catalogue: { value: [] } };
  expect(judge(factsOf([], server({ since: ago(3) }), none), limits)).toMatchObject({ state: "warn" });
  expect(judge(factsOf([], server({ since: ago(27) }), none), limits)).toMatchObject({
    state: "fail",
    checks: [{ message: expect.stringContaining("BACKUP_MONITOR_DATABASES") }],
  });
});

test.each([
  ["a server that is old enough", server({ since: ago(27) })],
  ["a server made in the future, by a clock that is wrong", server({ since: ago(-5) })],
  ["a server whose age is not known", server({ since: undefined })],
  ["no server to ask", undefined],
  ["a server that does not answer", { problem: "connection refused" }],
])("with %s, no backup is red: the store may have been emptied", (_what, wal) => {
  expect(states(factsOf([], wal))).toMatchObject({
    "proven-age": expect.stringMatching(/^fail: there is no backup of it: `golive-backup run` makes one/),
    "last-runs": expect.stringMatching(/^fail: no backup was ever made/),
  });
});

test("a database that is new on an old server is red until somebody backs it up, whatever others there are", () => {
  const facts = factsOf([numbered(400, 3, true)], server({ databases: ["app", "new"] }), { databases: ["app", "new"] });
  expect(judge(facts, limits).checks.filter(({ check }) => check === "proven-age")).toMatchObject([
    { database: "app", state: "ok" },
    { database: "new", state: "fail", message: expect.stringContaining("`golive-backup run` makes one") },
  ]);
});

test("the first backup has until the first verification to be proven", () => {
  expect(states(factsOf([numbered(1, 2)], server({ since: ago(20) })))["proven-age"]).toMatch(
    /^warn: its first backup, .*, is not proven yet: the first verification is due within 26 h/,
  );
  // Also that of a database that was added to the list later.
  expect(states(factsOf([numbered(1, 2)], server({})))["proven-age"]).toMatch(/^warn/);
  expect(states(factsOf([numbered(1, 27), numbered(2, 3)], server({})))["proven-age"]).toMatch(/^fail: none of its/);
});

test("one unproven backup whose number says that there were others is red: where are they?", () => {
  expect(states(factsOf([numbered(400, 2)], server({ since: ago(3) })))["proven-age"]).toMatch(
    /^fail: none of its backups/,
  );
});

test("a database that the server has no more is red at once, and the way out is told", () => {
  const dropped = states(factsOf([numbered(400, 3, true)], server({ databases: ["other"] })));
  expect(dropped["last-runs"]).toMatch(
    /^fail: the server has no database "app": restore it, or, if it was dropped on purpose .* BACKUP_MONITOR_DATABASES/,
  );
  expect(dropped["proven-age"]).toMatch(/^ok/);
  // Its way out: only what is named is watched, although its backups lie there for months.
  const named = factsOf([numbered(400, 2000, true)], server({ databases: ["other"] }), { databases: ["other"] });
  expect(judge(named, limits).checks.map(({ database }) => database)).not.toContain("app");
});

test("of a server that does not answer, nothing is said to be missing", () => {
  expect(states(factsOf([numbered(400, 3, true)], { problem: "down" }))["last-runs"]).toMatch(/^ok/);
});

test("a schedule of which only the longest pause is known is late when that is over", () => {
  // As infra sets it: the longest pause of `0 2 * * 1-5`.
  const weekdays = readMonitorConfig({
    BACKUP_EVERY_SECONDS: String(72 * 3600),
    BACKUP_VERIFY_EVERY_SECONDS: String(72 * 3600),
    BACKUP_RPO_SECONDS: String(74 * 3600),
  }).limits;
  expect(states(factsOf([numbered(400, 73, true)], server({})), weekdays)).toMatchObject({
    "proven-age": expect.stringMatching(/^ok/),
    "last-runs": expect.stringMatching(/^ok/),
  });
  expect(states(factsOf([numbered(400, 75, true)], server({})), weekdays)).toMatchObject({
    "proven-age": expect.stringMatching(/^fail/),
    "last-runs": expect.stringMatching(/^fail/),
  });
});

test("with the schedule itself, a night that is missing within the week shows, and the weekend does not", () => {
  const of = (timeZone?: string) =>
    readMonitorConfig({
      BACKUP_EVERY_SECONDS: String(72 * 3600),
      BACKUP_VERIFY_EVERY_SECONDS: String(72 * 3600),
      BACKUP_SCHEDULE: "0 2 * * 1-5",
      BACKUP_SCHEDULE_TIME_ZONE: timeZone,
    }).limits;
  const at = (moment: string, backup: string, { since = "2026-01-01T00:00:00Z", timeZone = "Etc/UTC" } = {}) => {
    const sketch = { at: new Date(backup) };
    const entry = completeOf(sketch, [verified(sketch, sketch.at)]);
    const facts = { ...factsOf([entry], server({ since: new Date(since) })), now: new Date(moment) };
    return states(facts, of(timeZone))["last-runs"];
  };
  // 2026-11-20 is a Friday.
  expect(at("2026-11-23T01:00:00Z", "2026-11-20T02:00:05Z")).toMatch(/^ok/);
  expect(at("2026-11-23T03:59:00Z", "2026-11-20T02:00:05Z")).toMatch(/^ok/);
  expect(at("2026-11-23T04:01:00Z", "2026-11-23T02:00:05Z")).toMatch(/^ok/);
  expect(at("2026-11-23T04:01:00Z", "2026-11-23T01:58:00Z"), "clocks that are two minutes apart").toMatch(/^ok/);
  // Tuesday's is missing, a day before the longest pause is over.
  expect(at("2026-11-24T04:01:00Z", "2026-11-23T02:00:05Z")).toMatch(
    /^warn: no backup since 2026-11-24T02:00:00.000Z, when one was due; the last one is 2026-11-23T020005Z/,
  );
  // In Berlin it was due at 01:00 UTC, in summer at midnight.
  expect(at("2026-11-24T03:01:00Z", "2026-11-23T01:00:05Z", { timeZone: "Europe/Berlin" })).toMatch(/T01:00:00.000Z/);
  expect(at("2026-07-14T02:01:00Z", "2026-07-13T00:00:05Z", { timeZone: "Europe/Berlin" })).toMatch(/T00:00:00.000Z/);
  // The server was made after it was due.
  expect(at("2026-11-24T04:01:00Z", "2026-11-23T02:00:05Z", { since: "2026-11-24T03:00:00Z" })).toMatch(/^ok/);
});

test.each([
  [{ BACKUP_SCHEDULE: "0 2 * *" }, /BACKUP_SCHEDULE=0 2 \* \* .*five/],
  [{ BACKUP_SCHEDULE: "0 2 * * *", BACKUP_SCHEDULE_TIME_ZONE: "Mars/Olympus" }, /timezone 'Mars/],
])("the schedule in %j is refused, with the variable and the value", (env, message) => {
  expect(() => readMonitorConfig(env)).toThrow(message);
});

test("the night that is an hour longer is not late, in a schedule by a local clock", () => {
  // 02:00 in Berlin, on the day after summer time ends; the backup of tonight is still being made.
  const at = new Date("2026-10-26T00:59:59Z");
  const sketch = { at: new Date("2026-10-25T00:00:00Z") };
  const entry = completeOf(sketch, [verified(sketch, new Date("2026-10-25T01:00:00Z"))]);
  expect(states({ ...factsOf([entry], server({})), now: at })).toMatchObject({
    "proven-age": expect.stringMatching(/^ok/),
    "last-runs": expect.stringMatching(/^ok/),
  });
});

test("a drill that broke by itself, or of the other plane, is no look of verify", () => {
  const old = { at: ago(30) };
  const looked = (record: ReturnType<typeof drilled>) =>
    states(factsOf([completeOf(old, [record])], server({})))["last-runs"];
  expect(looked(drilled(old, ago(20)))).toMatch(/no scheduled backup/);
  expect(looked(drilled(old, ago(20), { outcome: "failed", blame: "drill", problem: "disk full" }))).toMatch(
    /verify has not looked/,
  );
  expect(looked(drilled(old, ago(20), { plane: "point-in-time" }))).toMatch(/verify has not looked/);
});
