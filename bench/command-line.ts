import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { GoliveError } from "@golive/errors/golive-error.ts";

/** The flags of a benchmark. @param file for the hint, as in `bench/proxy/run.ts`. @throws USAGE that names what is unknown */
export function flagsOf<const Options extends ParseArgsOptionsConfig>(file: string, options: Options) {
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    throw new GoliveError("USAGE", (cause as Error).message, `See node ${file} --help.`, { cause });
  }
}

/** @throws USAGE that names the flag */
export function whole(flag: string, given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  throw new GoliveError("USAGE", `${flag} ${given} is not a whole number`, "Give 1 to 100000.");
}

/** Runs a benchmark to its exit status; what it throws is one message with a hint. */
export async function runBenchmark(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (thrown) {
    const error =
      thrown instanceof GoliveError
        ? thrown
        : new GoliveError("INTERNAL", String(thrown), "Run it again.", { cause: thrown });
    console.error(`error ${error.code}: ${error.message}\nhint: ${error.hint}`);
    process.exitCode = error.exit;
  }
}
