import { expect, test } from "vitest";
import { calendars } from "./calendar.ts";

test.each([
  // The year of a week is the year of its Thursday (ISO 8601).
  ["2026-11-25T00:00:00Z", "2026-11-25", "2026-W48", "2026-11"],
  ["2026-11-29T23:59:59.999Z", "2026-11-29", "2026-W48", "2026-11"],
  ["2026-11-30T00:00:00Z", "2026-11-30", "2026-W49", "2026-11"],
  ["2027-01-03T12:00:00Z", "2027-01-03", "2026-W53", "2027-01"],
  ["2027-01-04T00:00:00Z", "2027-01-04", "2027-W01", "2027-01"],
  ["2024-12-30T00:00:00Z", "2024-12-30", "2025-W01", "2024-12"],
  // Europe changed its clocks in this night; UTC did not.
  ["2026-10-24T23:30:00Z", "2026-10-24", "2026-W43", "2026-10"],
  ["2026-10-25T01:30:00Z", "2026-10-25", "2026-W43", "2026-10"],
])("%s is day %s, week %s, month %s", (at, day, week, month) => {
  const moment = new Date(at);
  expect([calendars.daily(moment), calendars.weekly(moment), calendars.monthly(moment)]).toEqual([day, week, month]);
});
