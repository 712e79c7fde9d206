import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Fault, isProven, proofsOf } from "../../tests/fault-proofs.ts";
import { faults, sweeps, twice } from "./testing/faults.ts";

const root = join(import.meta.dirname, "../..");
const table: Readonly<Record<number, Fault>> = faults;
test("all forty are there, each with a proof or the reason why there is none", () => {
  expect(Object.keys(table).map(Number)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  for (const [number, fault] of Object.entries(table)) {
    expect(fault.fault, number).not.toBe("");
    if ("cannot" in fault) expect(fault.cannot.length, number).toBeGreaterThan(20);
    else expect(fault.tests.length, number).toBeGreaterThan(0);
  }
});

test.each(Object.entries(table))("fault %s: the tests that prove it exist", (_number, fault) => {
  expect(proofsOf(fault).filter((proof) => !isProven(proof))).toEqual([]);
});

describe("each program", () => {
  test.each(Object.entries(sweeps))("%s is tried with a store that fails at each call", (_program, proof) => {
    expect(isProven(proof)).toBe(true);
  });

  test.each(Object.entries(twice))("%s is tried twice", (_command, proof) => {
    expect(isProven(proof)).toBe(true);
  });
});

test("every test that names a fault is in the table under its number", () => {
  const files = globSync(["services/backup/**/*.test.ts", "infra/**/*.test.ts", "cli/**/*.test.ts"], {
    cwd: root,
    exclude: (path) => path.includes("node_modules"),
  });
  expect(files.length).toBeGreaterThan(60);
  const missing: string[] = [];
  for (const file of files) {
    const source = readFileSync(join(root, file), "utf8");
    // Titles of groups name what is below them.
    for (const [, number = "", title = ""] of source.matchAll(
      /(?<!describe\()["'`]fault (\d+): ([^\n]*?)["'`](?=,)/g,
    )) {
      const known = proofsOf(table[Number(number)] ?? { fault: "", cannot: "" });
      if (!known.some((proof) => proof.file === file && proof.name === `fault ${number}: ${title}`))
        missing.push(`${file}: fault ${number}: ${title}`);
    }
  }
  expect(missing).toEqual([]);
});
