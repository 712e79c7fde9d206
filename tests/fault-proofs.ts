import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A test that would fail if the fault were handled wrongly. */
export interface Proof {
  /** Below the repository's root. */
  readonly file: string;
  /** Title as it stands in the source, of a `test` or of one row of its table. */
  readonly name: string;
}

export type Fault = { readonly fault: string } & (
  | { readonly tests: readonly [Proof, ...Proof[]] }
  /** Why it cannot be tried. */
  | { readonly cannot: string }
);

export const proofsOf = (fault: Fault): readonly Proof[] => ("tests" in fault ? fault.tests : []);

const root = join(import.meta.dirname, "..");

/** The title stands there as a string of its own, and the test that has it runs: a title that is commented out does not count. */
export function isProven({ file, name }: Proof): boolean {
  const source = readFileSync(join(root, file), "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  const quoted = ['"', "'", "`"].map((quote) => `${quote}${name}${quote}`);
  return quoted.some((text) => source.includes(text)) && !/\b(test|describe|it)\.(only|todo|skip|fails)\b/.test(source);
}
