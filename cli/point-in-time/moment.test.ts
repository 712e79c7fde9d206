import { expect, test } from "vitest";
import { readMoment } from "./moment.ts";

test.each([
  ["2026-11-25T14:30:00Z", "2026-11-25T14:30:00.000Z"],
  ["2026-11-25 14:30", "2026-11-25T14:30:00.000Z"],
  ["2026-11-25T14:30:05.25+01:00", "2026-11-25T13:30:05.250Z"],
  ["2026-11-25 14:30:00 -0500", "2026-11-25T19:30:00.000Z"],
  ["2026-03-01T00:30+02:00", "2026-02-28T22:30:00.000Z"],
  ["2028-02-29T00:00z", "2028-02-29T00:00:00.000Z"],
])("%s is %s", (text, iso) => {
  expect(readMoment(text).toISOString()).toBe(iso);
});

test.each([
  "",
  "yesterday",
  "2026-11-25",
  "14:30",
  "2026-11-31T00:00:00Z",
  "2026-02-29 12:00",
  "2026-11-25T25:00",
  "2026-11-25T14:30:00Europe/Berlin",
  "2026-11-25T14:30'; drop table x",
])("%j is no moment, and is said to be none", (text) => {
  expect(() => readMoment(text)).toThrow(`--at ${text} is no moment`);
});
