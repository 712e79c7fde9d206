import { expect, test } from "vitest";
import { cronProblem, lastSlot } from "./cron-slot.ts";

const last = (fields: string, until: string, timeZone = "Etc/UTC") =>
  lastSlot({ fields, timeZone }, new Date(until))?.toISOString();

test.each([
  ["0 2 * * *", "2026-11-25T02:00:00Z", "2026-11-25T02:00:00.000Z"],
  ["0 2 * * *", "2026-11-25T01:59:59Z", "2026-11-24T02:00:00.000Z"],
  ["*/15 * * * *", "2026-11-25T05:44:00Z", "2026-11-25T05:30:00.000Z"],
  ["10/20 * * * *", "2026-11-25T05:09:00Z", "2026-11-25T04:50:00.000Z"],
  ["0 1,13-14 * * *", "2026-11-25T20:00:00Z", "2026-11-25T14:00:00.000Z"],
  // 2026-11-25 is a Wednesday, the 21st a Saturday.
  ["0 2 * * 1-5", "2026-11-23T01:00:00Z", "2026-11-20T02:00:00.000Z"],
  ["0 2 * * 1-5", "2026-11-24T20:00:00Z", "2026-11-24T02:00:00.000Z"],
  ["0 4 * * 0", "2026-11-25T00:00:00Z", "2026-11-22T04:00:00.000Z"],
  ["0 4 * * 7", "2026-11-25T00:00:00Z", "2026-11-22T04:00:00.000Z"],
  ["0 0 1 * 1", "2026-11-25T00:00:00Z", "2026-11-23T00:00:00.000Z"],
  ["0 0 1 * *", "2026-11-25T00:00:00Z", "2026-11-01T00:00:00.000Z"],
  ["0 0 29 2 *", "2026-11-25T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["0 0 30 2 *", "2026-11-25T00:00:00Z", undefined],
])("%s fired before %s at %s", (fields, until, expected) => {
  expect(last(fields, until)).toBe(expected);
});

test.each([
  ["in winter", "0 2 * * *", "2026-11-25T12:00:00Z", "2026-11-25T01:00:00.000Z"],
  ["in summer", "0 2 * * *", "2026-07-25T12:00:00Z", "2026-07-25T00:00:00.000Z"],
  ["in the hour that is left out, not at all", "30 2 * * *", "2026-03-29T12:00:00Z", "2026-03-28T01:30:00.000Z"],
  ["in the hour that comes twice, the first time", "30 2 * * *", "2026-10-25T12:00:00Z", "2026-10-25T00:30:00.000Z"],
  ["between the two, already", "30 2 * * *", "2026-10-25T00:45:00Z", "2026-10-25T00:30:00.000Z"],
])("in Berlin %s", (_when, fields, until, expected) => {
  expect(last(fields, until, "Europe/Berlin")).toBe(expected);
});

test("a zone of a quarter of an hour, and the other side of the date line", () => {
  expect(last("0 2 * * *", "2026-11-25T12:00:00Z", "Asia/Kathmandu")).toBe("2026-11-24T20:15:00.000Z");
  expect(last("0 2 * * 3", "2026-11-25T12:00:00Z", "Pacific/Auckland")).toBe("2026-11-24T13:00:00.000Z");
});

test.each([
  ["0 2 * * *", "Etc/UTC", undefined],
  ["0 4 * * 7", "Europe/Berlin", undefined],
  ["0 2 * *", "Etc/UTC", /five/],
  ["0 0 2 * * *", "Etc/UTC", /5-part/],
  ["60 2 * * *", "Etc/UTC", /minute: 60/],
  ["0 5-2 * * *", "Etc/UTC", /5-2/],
  ["*/0 2 * * *", "Etc/UTC", /stepping/],
  ["0 2 * * *", "Mars/Olympus", /Mars/],
])("%s in %s", (fields, timeZone, problem) => {
  const found = cronProblem({ fields, timeZone });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
