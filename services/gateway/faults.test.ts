import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Fault, isProven, proofsOf } from "../../tests/fault-proofs.ts";
import { faults } from "./testing/faults.ts";

const root = join(import.meta.dirname, "../..");
const table: Readonly<Record<number, Fault>> = faults;

test("all forty are there", () => {
  expect(Object.keys(table).map(Number)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
});

test.each(Object.entries(table))("fault %s: the tests that prove it exist", (_number, fault) => {
  expect(proofsOf(fault).length).toBeGreaterThan(0);
  expect(proofsOf(fault).filter((proof) => !isProven(proof))).toEqual([]);
});

test("every test that names a fault is in the table under its number", () => {
  const files = globSync("services/gateway/**/*.test.ts", {
    cwd: root,
    exclude: (path) => path.includes("node_modules"),
  });
  expect(files.length).toBeGreaterThan(60);
  const named = files.flatMap((file) => {
    const titles = readFileSync(join(root, file), "utf8").matchAll(/(?<!describe\()"(fault (\d+): [^\n"]*)"(?=,)/g);
    return [...titles].map(([, name = "", number]) => ({ file, name, number: Number(number) }));
  });
  const missing = named.filter(
    ({ file, name, number }) =>
      !proofsOf(table[number] ?? { fault: "", cannot: "" }).some((proof) => proof.file === file && proof.name === name),
  );
  expect(missing).toEqual([]);
});
