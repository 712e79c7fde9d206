import { expect, test } from "vitest";
import { defaultPolicy } from "../retention/policy.ts";
import { readRetentionPolicy } from "./retention.ts";

test("without variables: 30 days, 7 proven, 7 days, 4 weeks, 12 months, 48 hours", () => {
  expect(readRetentionPolicy({ BACKUP_KEEP_DAYS: "" })).toEqual(defaultPolicy);
  expect(Object.values(defaultPolicy)).toEqual([30, 7, 7, 4, 12, 48]);
});

test.each([
  ["BACKUP_KEEP_PROVEN", "0"],
  ["BACKUP_KEEP_DAYS", "0"],
  ["BACKUP_KEEP_DAYS", "-1"],
  ["BACKUP_KEEP_WEEKLY", "1.5"],
  ["BACKUP_KEEP_MONTHLY", "many"],
  // A backup of a large database may take a day.
  ["BACKUP_KEEP_UNFINISHED_HOURS", "1"],
])("%s=%s is refused: no policy keeps nothing", (name, value) => {
  expect(() => readRetentionPolicy({ [name]: value })).toThrow(new RegExp(`${name}=${value}`));
});
