import { expect, test } from "vitest";
import { type BackupSketch, completeOf, verified } from "../testing/backups.ts";
import { day } from "./calendar.ts";
import { inputOf } from "./input.ts";
import { defaultPolicy } from "./policy.ts";
import { decide } from "./retention.ts";

const now = new Date("2026-11-25T05:00:00Z");
const proven = (daysAgo: number, more: Partial<BackupSketch> = {}) => {
  const sketch = { at: new Date(now.getTime() - daysAgo * day), ...more };
  return inputOf(completeOf(sketch, [verified(sketch, sketch.at)]));
};

test.each([
  ["a scheduled one", {}, true],
  ["one of the whole database, made by hand", { reason: "manual" }, true],
  ["one of a schedule that leaves tables out", { whole: false }, true],
  ["some tables, saved by hand", { whole: false, reason: "manual" }, false],
  ["what a restore was about to replace", { reason: "before-restore" }, false],
  ["a moment of the past", { reason: "point-in-time" }, false],
] satisfies [string, Partial<BackupSketch>, boolean][])(
  "whether %s can stand in for an older one",
  (_what, more, counts) => {
    expect(proven(1, more).made?.counts).toBe(counts);
  },
);

test("ten restores in a bad week cost no good backup: what each replaced stands for no night and no week", () => {
  // Older than 30 days, every second day has a good one, and a few hours after it one that a restore was about to replace.
  const good = [proven(1), ...Array.from({ length: 20 }, (_, at) => proven(32 + 2 * at))];
  const replaced = Array.from({ length: 20 }, (_, at) => proven(32 + 2 * at - 0.1, { reason: "before-restore" }));
  const alone = decide(good, defaultPolicy, now);
  const together = decide([...good, ...replaced], defaultPolicy, now);
  expect(together.slice(0, good.length).map(({ keep, reasons }) => [keep, reasons])).toEqual(
    alone.map(({ keep, reasons }) => [keep, reasons]),
  );
  expect(alone.filter(({ keep }) => keep).length).toBeGreaterThanOrEqual(defaultPolicy.proven);
});

test("the anomaly of the newest good one freezes pruning, also when a restore saved something after it", () => {
  const odd = proven(1, { anomalies: ["rows −90 %"] });
  const saved = proven(0.5, { reason: "before-restore" });
  const [decision] = decide([proven(90), odd, saved], defaultPolicy, now);
  expect(decision?.frozen).toContain("rows −90 %");
});
