import { expect, test } from "vitest";
import { largestObject, partBytes } from "./part-size.ts";

const MiB = 1024 ** 2;

function capacity(first: number, most: number): number {
  let total = 0;
  for (let number = 1; number <= most; number++) total += partBytes(number, first, most);
  return total;
}

test.each([5, 8, 64, 512])("parts of %d MiB at first hold S3's largest object in its 10,000 parts", (first) => {
  expect(capacity(first * MiB, 10_000)).toBeGreaterThan(largestObject);
});

test("a store with fewer parts gets larger ones sooner", () => {
  expect(capacity(8 * MiB, 1000)).toBeGreaterThan(640e9);
  expect(partBytes(401, 8 * MiB, 1000)).toBe(16 * MiB);
});

test("a dump of 33 GB is sent in the parts it began with, and no part is larger than 2 GiB", () => {
  expect([1, 4000].map((number) => partBytes(number, 8 * MiB, 10_000))).toEqual([8 * MiB, 8 * MiB]);
  expect(partBytes(4001, 8 * MiB, 10_000)).toBe(16 * MiB);
  expect(partBytes(10_000, 8 * MiB, 10_000)).toBe(2048 * MiB);
});
