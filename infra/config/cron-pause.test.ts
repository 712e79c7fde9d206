import { expect, test } from "vitest";
import { longestPauseSeconds } from "./cron-pause.ts";

const hour = 3600;

test.each([
  ["0 2 * * *", 24 * hour],
  ["*/5 * * * *", 300],
  ["15 */6 * * *", 6 * hour],
  ["0 1,13,14 * * *", 12 * hour],
  ["0 4 * * 0", 7 * 24 * hour],
  ["0 4 * * 7", 7 * 24 * hour],
  ["0 4 * * 1-5", 3 * 24 * hour],
  ["0 4 1 * *", 31 * 24 * hour],
  ["0 4 1 1 *", 366 * 24 * hour],
  ["30 0-4/2 * * *", 20 * hour],
  ["10/20 * * * *", 20 * 60],
])("%s leaves at most %i seconds between two firings", (schedule, seconds) => {
  expect(longestPauseSeconds(schedule)).toBe(seconds);
});

test("with a date and a weekday either is enough, as cron has it", () => {
  expect(longestPauseSeconds("0 0 1 * 1")).toBe(7 * 24 * hour);
});

test("a date that no month has never fires", () => {
  expect(longestPauseSeconds("0 0 30 2 *")).toBe(Number.POSITIVE_INFINITY);
});
