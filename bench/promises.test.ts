import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { median, promises } from "./promises.ts";

test("the README of the benchmarks promises what they check, and nothing else", () => {
  const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([a-z-]+)`\s+\| ≤ (\d+) (s|GiB)\s+\|/gm)].map(([, name, limit, unit]) => [
    name,
    { limit: Number(limit), unit },
  ]);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(promises).map(([name, { limit, unit }]) => [name, { limit, unit }])),
  );
});

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2],
])("the median of %j is %d", (values, middle) => {
  expect(median(values)).toBe(middle);
});

test("there is no median of nothing", () => {
  expect(() => median([])).toThrow("no values");
});
