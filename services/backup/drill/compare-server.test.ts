import { expect, test } from "vitest";
import type { Contents } from "../postgres/contents.ts";
import { compareRecovered } from "./compare-server.ts";

const table = (name: string, rows: number, kind: "table" | "materialized view" = "table") => ({
  schema: "public",
  name,
  kind,
  rows,
  hash: "x",
  bytes: 0,
});
const contents = (tables: Contents["tables"], sequences: readonly string[] = [], count = 0): Contents => ({
  tables,
  sequences: sequences.map((name, at) => ({ schema: "public", name, lastValue: String(at), called: true })),
  largeObjects: { count, hash: "x" },
});
const compare = (expected: Contents, found: Contents, unlogged: readonly string[] = []) =>
  compareRecovered(expected, found, new Set(unlogged), { share: 0.01 });

test("what is the same to the last row is exact, and what was written in that instant is told", () => {
  const expected = contents([
    table("same", 7),
    table("big", 1_000_000),
    table("changed", 3),
    table("view", 500, "materialized view"),
  ]);
  const found = contents([
    table("same", 7),
    table("big", 1_009_000),
    { ...table("changed", 3), hash: "y" },
    table("view", 0, "materialized view"),
    table("new", 5),
  ]);
  expect(compare(expected, found)).toEqual({
    exact: 1,
    near: [
      "table public.big: 1009000 rows instead of 1000000",
      "table public.changed: as many rows, not all the same",
      "materialized view public.view: 0 rows instead of 500",
    ],
    beyond: [],
  });
});

test.each([
  ["a table that is gone", [], "table public.t: nothing"],
  ["a table that was emptied", [table("t", 0)], "table public.t: 0 rows"],
  ["too few rows", [table("t", 890)], "table public.t: 890 rows"],
  ["too many rows", [table("t", 1_110)], "table public.t: 1110 rows"],
] as const)("%s is beyond it", (_what, tables, message) => {
  const { beyond, exact } = compare(contents([table("t", 1_000)]), contents([...tables]));
  expect(beyond.map(({ what, name, found }) => `${what} ${name}: ${found}`)).toEqual([message]);
  expect(exact).toBe(0);
});

test("an unlogged table is empty after every recovery, and its loss still is one", () => {
  const [before, after] = [contents([table("cache", 300)]), contents([table("cache", 0)])];
  expect(compare(before, after, ["public.cache"])).toMatchObject({
    near: [expect.stringContaining("public.cache is unlogged")],
    beyond: [],
  });
  expect(compare(before, contents([]), ["public.cache"]).beyond).toHaveLength(1);
});

test("where a sequence stands says nothing; that it is gone does", () => {
  const expected = contents([], ["s", "t"]);
  expect(compare(expected, contents([], ["t", "s"])).beyond).toEqual([]);
  expect(compare(expected, contents([], ["t"])).beyond.map(({ what, name }) => `${what} ${name}`)).toEqual([
    "sequence public.s",
  ]);
});

test("large objects are counted like rows", () => {
  const objects = (count: number) => compare(contents([], [], 1_000), contents([], [], count));
  expect(objects(200).beyond.map(({ what, found }) => `${what}: ${found}`)).toEqual(["large objects: 200"]);
  expect(objects(1_001)).toMatchObject({ near: ["large objects: 1001 instead of 1000"], beyond: [] });
});
