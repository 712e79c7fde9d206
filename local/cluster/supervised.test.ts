import { expect, test } from "vitest";
import { backoffSeconds, residentBytes } from "./supervised.ts";

test("restarts are quick at first and never far apart", () => {
  expect([1, 2, 3, 4, 5, 6, 20].map(backoffSeconds)).toEqual([0.5, 1, 2, 4, 8, 10, 10]);
});

test("memory is read from the kernel; a process that has gone has none", async () => {
  expect(await residentBytes(process.pid)).toBeGreaterThan(10_000_000);
  expect(await residentBytes(2 ** 30)).toBeUndefined();
});
