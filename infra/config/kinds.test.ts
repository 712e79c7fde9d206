import fc from "fast-check";
import { expect, test } from "vitest";
import { cidr, cronSchedule, digestReference, goDuration, timeZone } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { bytesOf, mebibytes, postgresBytes } from "./quantities.ts";

test.each(["0 2 * * *", "*/5 0-6 1,15 * 7", "59 23 31 12 0", "0 4 1 1 *"])("%s is a schedule", (text) => {
  expect(cronSchedule.safeParse(text).success).toBe(true);
});

test.each([
  "",
  "0 2 * *",
  "0 2 * * * *",
  "60 2 * * *",
  "0 24 * * *",
  "0 2 0 * *",
  "0 2 * 13 *",
  "0 2 * * 8",
  "*/0 * * * *",
  "5-1 * * * *",
  "@daily",
  "0 2 * * mon",
])("%j is no schedule", (text) => {
  expect(cronSchedule.safeParse(text).success).toBe(false);
});

test("every address with a prefix that fits is a CIDR block", () => {
  fc.assert(
    fc.property(
      fc.ipV4(),
      fc.integer({ min: 0, max: 32 }),
      (address, bits) => cidr.safeParse(`${address}/${bits}`).success,
    ),
  );
  for (const text of ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::/129", "x/8", "10.0.0.0/8/8"])
    expect(cidr.safeParse(text).success, text).toBe(false);
});

test("time zones are names, not offsets", () => {
  expect(timeZone.safeParse("Europe/Berlin").success).toBe(true);
  for (const text of ["+02:00", "Mars/Olympus", ""]) expect(timeZone.safeParse(text).success, text).toBe(false);
});

test("durations of collectors know no days", () => {
  expect(goDuration.safeParse("48h").success).toBe(true);
  for (const text of ["2d", "0h", "h", "1.5h"]) expect(goDuration.safeParse(text).success, text).toBe(false);
});

test("an image by digest has all of its digest", () => {
  expect(digestReference.safeParse(`registry.example:5000/a/b@sha256:${"a".repeat(64)}`).success).toBe(true);
  for (const text of ["a:1", `a@sha256:${"a".repeat(63)}`, `@sha256:${"a".repeat(64)}`])
    expect(digestReference.safeParse(text).success).toBe(false);
});

test("quantities and settings are read in their own units", () => {
  expect(bytesOf("1Gi")).toBe(2 ** 30);
  expect(bytesOf("1.5k")).toBe(1500);
  expect(bytesOf("1GB")).toBeUndefined();
  expect(mebibytes("1Gi")).toBe(1024);
  expect(postgresBytes("64MB")).toBe(64 * 2 ** 20);
  expect(postgresBytes("64")).toBeUndefined();
});

test("the nearest word is the one that was meant, and nothing when none is near", () => {
  expect(nearest("postgrse", ["postgres", "publish"])).toBe("postgres");
  expect(nearest("zebra", ["postgres", "publish"])).toBeUndefined();
  fc.assert(
    fc.property(
      fc.constantFrom("postgres", "gateway", "tracing"),
      (word) => nearest(word, ["tracing", "gateway", "postgres"]) === word,
    ),
  );
});
