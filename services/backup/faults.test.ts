import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Fault, faults, type Proof, sweeps, twice } from "./testing/faults.ts";

const root = join(import.meta.dirname, "../..");
const table: Readonly<Record<number, Fault>> = faults;
const proofs = (fault: Fault): readonly Proof[] => ("tests" in fault ? fault.tests : []);

/** The title stands there as a string of its own, and the test that has it runs: a title that is commented out does not count. */
function isThere({ file, name }: Proof): boolean {
  const source = readFileSync(join(root, file), "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  const quoted = ['"', "'", "`"].map((quote) => `${quote}${name}${quote}`);
  return quoted.some((text) => source.includes(text)) && !/\b(test|describe|it)\.(only|todo|skip|fails)\b/.test(source);
}

test("all forty are there, each with a proof or the reason why there is none", () => {
  expect(Object.keys(table).map(Number)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  for (const [number, fault] of Object.entries(table)) {
    expect(fault.fault, number).not.toBe("");
    if ("cannot" in fault) expect(fault.cannot.length, number).toBeGreaterThan(20);
    else expect(fault.tests.length, number).toBeGreaterThan(0);
  }
});

test.each(Object.entries(table))("fault %s: the tests that prove it exist", (_number, fault) => {
  expect(proofs(fault).filter((proof) => !isThere(proof))).toEqual([]);
});

describe("each program", () => {
  test.each(Object.entries(sweeps))("%s is tried with a store that fails at each call", (_program, proof) => {
    expect(isThere(proof)).toBe(true);
  });

  test.each(Object.entries(twice))("%s is tried twice", (_command, proof) => {
    expect(isThere(proof)).toBe(true);
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
      const known = proofs(table[Number(number)] ?? { fault: "", cannot: "" });
      if (!known.some((proof) => proof.file === file && proof.name === `fault ${number}: ${title}`))
        missing.push(`${file}: fault ${number}: ${title}`);
    }
  }
  expect(missing).toEqual([]);
});
