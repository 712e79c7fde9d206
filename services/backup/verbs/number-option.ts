import { GoliveError } from "@golive/errors/golive-error.ts";

/** A number that a flag gave; undefined when it was not given. @throws USAGE */
export function numberOption(flag: string, given: unknown, least: number): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (String(given).trim() !== "" && Number.isFinite(value) && value >= least) return value;
  throw new GoliveError("USAGE", `${flag} ${given} is no number of at least ${least}`, "Give one, as in 1.5.");
}
