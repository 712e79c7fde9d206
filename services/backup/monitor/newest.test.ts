import { expect, test } from "vitest";
import type { Complete } from "../catalogue/catalogue.ts";
import { readMonitorConfig } from "../config/monitor.ts";
import { type BackupSketch, completeOf, verified } from "../testing/backups.ts";
import { backupsOf } from "./facts.ts";
import { judgeIntegrity } from "./integrity.ts";
import { judgeLastRuns } from "./last-runs.ts";
import { lineOf, newestProven, newestScheduled, shownAt } from "./newest.ts";
import { judgeProvenAge } from "./proven-age.ts";
import { judgeSize, sizeRatios } from "./size-anomaly.ts";

const hour = 3_600_000;
const day = 24 * hour;
const now = new Date("2026-11-25T05:00:00Z");
const ago = (ms: number) => new Date(now.getTime() - ms);
const { limits } = readMonitorConfig({});

interface Sketch extends Partial<BackupSketch> {
  readonly sequence: number;
  /** How far the clock that made it was ahead of the store's; below 0 it was behind. */
  readonly ahead?: number;
  readonly verdict?: "proven" | "failed" | "none";
}
/** One backup a night at 02:00; the number 100 is last night's. */
function night({ sequence, ahead = 0, verdict = "proven", ...more }: Sketch): Complete {
  const stored = ago(3 * hour + (100 - sequence) * day);
  const sketch = { at: new Date(stored.getTime() + ahead), ...more };
  const records =
    verdict === "none"
      ? []
      : [verified(sketch, new Date(stored.getTime() + hour), verdict === "failed" ? "rotten" : null)];
  const entry = completeOf(sketch, records);
  return { ...entry, stored, manifest: { ...entry.manifest, sequence } };
}
const nights = [94, 95, 96, 97, 98, 99, 100].map((sequence) => night({ sequence }));
/** Every order that a store or a caller could give them in: as they are, turned round, by name, and shifted. */
const orders = (all: readonly Complete[]): Complete[][] => [
  [...all],
  all.toReversed(),
  all.toSorted((a, b) => (a.id < b.id ? 1 : -1)),
  [...all.slice(3), ...all.slice(0, 3)],
];

test("the newest is the one with the highest number, in whatever order they come and whatever their clocks said", () => {
  const line = [
    ...nights.slice(0, 5),
    night({ sequence: 99, ahead: 20 * day }),
    night({ sequence: 100, ahead: -20 * day }),
  ];
  for (const order of orders(line)) {
    expect(lineOf(order).map(({ manifest }) => manifest.sequence)).toEqual([100, 99, 98, 97, 96, 95, 94]);
    expect([newestProven(order), newestScheduled(order), backupsOf(order, "app")[0]]).toEqual([
      line[6],
      line[6],
      line[6],
    ]);
  }
});

test("what is not proven, and what was made for a restore, is passed over", () => {
  const line = [
    ...nights,
    night({ sequence: 101, reason: "before-restore" }),
    night({ sequence: 102, reason: "point-in-time" }),
    night({ sequence: 103, whole: false, reason: "manual" }),
    night({ sequence: 104, verdict: "none" }),
    night({ sequence: 105, verdict: "failed" }),
  ];
  for (const order of orders(line)) {
    expect(newestProven(order)?.manifest.sequence).toBe(100);
    expect(lineOf(order)[0]?.manifest.sequence).toBe(105);
  }
});

test("the moment that it shows is the earlier one of two clocks", () => {
  expect(shownAt(night({ sequence: 100, ahead: 2 * day }))).toEqual(ago(3 * hour));
  expect(shownAt(night({ sequence: 100, ahead: -2 * day }))).toEqual(ago(3 * hour + 2 * day));
});

test("a clock two days ahead hides no schedule that stopped", () => {
  const stopped = [night({ sequence: 96 }), night({ sequence: 97, ahead: 2 * day })];
  for (const order of orders(stopped)) {
    expect(judgeProvenAge(order, now, limits)).toMatchObject([{ state: "fail", value: 75 * 3600 }]);
    expect(judgeLastRuns(order, now, limits)[0]).toMatchObject({ state: "fail", value: 75 * 3600 });
  }
});

test("a clock that was wrong last night is told as a clock, not as a schedule that failed", () => {
  const ahead = [...nights.slice(0, 6), night({ sequence: 100, ahead: 2 * day })];
  expect(judgeProvenAge(ahead, now, limits)).toMatchObject([
    {
      state: "warn",
      message: expect.stringMatching(/3 h old, but the clock that made it was 2 d ahead of the store's/),
    },
  ]);
  const behind = [...nights.slice(0, 6), night({ sequence: 100, ahead: -2 * day })];
  expect(judgeProvenAge(behind, now, limits)).toMatchObject([
    { state: "fail", message: expect.stringMatching(/stored 48 h after its own clock says: that clock was behind/) },
  ]);
});

test("the newest being bad is red and an older one a warning, by the number and not by the name", () => {
  // Named as the oldest by a clock that was behind.
  const newestBad = [...nights.slice(0, 6), night({ sequence: 100, ahead: -20 * day, verdict: "failed" })];
  const olderBad = [...nights.slice(0, 6), night({ sequence: 100, ahead: -20 * day })].with(
    3,
    night({ sequence: 97, ahead: 20 * day, verdict: "failed" }),
  );
  for (const order of orders(newestBad))
    expect(judgeIntegrity("app", order, undefined)).toMatchObject([
      { state: "fail", message: expect.stringContaining("rotten") },
    ]);
  for (const order of orders(olderBad))
    expect(judgeIntegrity("app", order, undefined)).toMatchObject([
      { state: "warn", message: expect.stringContaining("rotten") },
    ]);
});

test("what came after the newest whole one and is damaged is red: it has no number that could be trusted", () => {
  const { manifest, ...rest } = night({ sequence: 101 });
  const damaged = { ...rest, state: "damaged" as const, problem: "its dump is gone", stored: ago(0) };
  expect(judgeIntegrity("app", [...nights, damaged], undefined)).toMatchObject([{ state: "fail" }]);
  expect(judgeIntegrity("app", [...nights, { ...damaged, stored: ago(90 * day) }], undefined)).toMatchObject([
    { state: "warn" },
  ]);
  expect(manifest.sequence).toBe(101);
});

test("a dump that is too large to be read at each look is not said to be right", () => {
  expect(judgeIntegrity("app", nights, { value: [] })).toMatchObject([
    {
      state: "ok",
      message: expect.stringMatching(/7 signed manifests fit .*; none was read whole: BACKUP_MONITOR_SAMPLE_MB/),
    },
  ]);
});

test("the size is compared with the nights before it, in whatever order they come", () => {
  const grown = [
    ...[94, 95, 96, 97, 98, 99].map((sequence) => night({ sequence, plainBytes: 1000 })),
    night({ sequence: 100, plainBytes: 400 }),
  ];
  for (const order of orders(grown)) expect(sizeRatios(order).bytes).toBe(0.4);
});

test("a loss that nobody accepted does not become the usual size, and what is made for a restore is no loss", () => {
  const lost = [95, 96, 97, 98, 99, 100].map((sequence) =>
    night({ sequence, rows: 1, plainBytes: 10, anomalies: ["1 row"] }),
  );
  const line = [...[88, 89, 90, 91, 92, 93, 94].map((sequence) => night({ sequence })), ...lost];
  expect(sizeRatios(line)).toEqual({ bytes: 0.01, rows: 0.01 });
  expect(judgeSize(line).map(({ state }) => state)).toEqual([
    "warn",
    "warn",
    "warn",
    "warn",
    "warn",
    "fail",
    "fail",
    "fail",
  ]);
  const restored = [...nights, night({ sequence: 101, reason: "before-restore", rows: 0, anomalies: ["no rows"] })];
  expect(judgeSize(restored).map(({ state }) => state)).toEqual(["ok", "ok"]);
});

test("what a person accepted is compared with nothing, and what comes after it with it alone", () => {
  const small = { rows: 1, plainBytes: 10 };
  const one = night({ sequence: 99, ...small, anomalies: ["1 row"] });
  const word = {
    version: 1,
    kind: "accepted",
    database: "app",
    id: one.id,
    at: now.toISOString(),
    reason: "purged",
    by: "ops",
  } as const;
  const accepted: Complete = { ...one, records: [...one.records, word] };
  expect(sizeRatios([...nights.slice(0, 5), accepted])).toEqual({ bytes: undefined, rows: undefined });
  expect(sizeRatios([...nights.slice(0, 5), accepted, night({ sequence: 100, ...small })])).toEqual({
    bytes: 1,
    rows: 1,
  });
});
