import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bars, barText, judge } from "./bars.ts";
import { burn, roundsOf } from "./burn.ts";

test("the README of the benchmarks names these bars, with their limits, and no others", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `(tracing-[a-z-]+)`\s+\| (≤ [\d.]+ (?:ms|%))\s+\| (.*?)\s*\|$/gm)];
  expect(rows.map(([, name, bar, about]) => [name, bar, about])).toEqual(
    Object.entries(bars).map(([name, { about }]) => [name, barText(name as keyof typeof bars), about]),
  );
});

test("what is at the limit is kept, what is above is not", () => {
  const verdicts = judge({
    "tracing-unsampled": 0.12,
    "tracing-sampled": 0.31,
    "tracing-heavy-route": -1,
    "tracing-latency": 3.01,
  });
  expect(verdicts.map(({ kept }) => kept)).toEqual([true, false, true, false]);
});

test("the heavy route's work takes about the time that it was made for", () => {
  const rounds = roundsOf(20);
  const begun = process.cpuUsage();
  for (let at = 0; at < 10; at++) burn(rounds);
  const { user, system } = process.cpuUsage(begun);
  // A machine may change its pace in between; a wrong unit would be off by a thousand.
  expect((user + system) / 1000 / 10).toBeGreaterThan(4);
  expect((user + system) / 1000 / 10).toBeLessThan(100);
});
