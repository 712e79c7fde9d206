import fc from "fast-check";
import { expect, test } from "vitest";
import { outdated, surplus } from "./prune.ts";

const build = (tag: string, at: number, name = "gateway") => ({ name, tag, at });

test("the current build and the newest before it stay", () => {
  const builds = [build("c", 3), build("a", 1), build("b", 2), build("x", 1, "valkey")];
  expect(outdated(builds, new Map([["gateway", "c"]]))).toEqual([build("a", 1)]);
});

test("a step back to an old build keeps it: current is what the inputs say, not what is newest", () => {
  const builds = [build("a", 1), build("b", 2), build("c", 3)];
  expect(outdated(builds, new Map([["gateway", "a"]]))).toEqual([build("b", 2)]);
});

test("never the current build, never an image that was not asked about, at most one other stays", () => {
  const builds = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("a", "b", "c"), tag: fc.constantFrom("1", "2", "3", "4"), at: fc.nat() }),
    { selector: ({ name, tag }) => `${name}:${tag}` },
  );
  fc.assert(
    fc.property(builds, fc.constantFrom("1", "2", "3", "4"), (all, tag) => {
      const gone = outdated(all, new Map([["a", tag]]));
      expect(gone.every((one) => one.name === "a" && one.tag !== tag)).toBe(true);
      const kept = all.filter((one) => one.name === "a" && one.tag !== tag && !gone.includes(one));
      expect(kept.length).toBeLessThanOrEqual(1);
    }),
  );
});

test("the eight newest unnamed stages stay", () => {
  const stages = Array.from({ length: 10 }, (_, at) => ({ at }));
  expect(surplus(stages)).toEqual([{ at: 1 }, { at: 0 }]);
});
