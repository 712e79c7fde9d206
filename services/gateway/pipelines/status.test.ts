import { expect, test } from "vitest";
import { canBecome, isFinished, statuses } from "./status.ts";

test("exactly these steps are possible", () => {
  const steps = statuses.flatMap((from) =>
    statuses.filter((to) => from !== to && canBecome(from, to)).map((to) => `${from} ${to}`),
  );
  expect(steps).toEqual([
    "queued running",
    "queued cancelled",
    "running succeeded",
    "running failed",
    "running cancelled",
  ]);
});

test("finished is what has no way out", () => {
  expect(statuses.filter(isFinished)).toEqual(["succeeded", "failed", "cancelled"]);
});

test("every status may be repeated", () => {
  expect(statuses.every((status) => canBecome(status, status))).toBe(true);
});
