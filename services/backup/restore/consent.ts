import { GoliveError } from "@golive/errors/golive-error.ts";

/** Asks a person at a terminal; undefined where there is none. Resolves with what was typed. */
export type Ask = (question: string) => Promise<string>;

export interface Consent {
  /** Given with a flag. */
  readonly yes: boolean;
  readonly ask: Ask | undefined;
}

/**
 * Lets a person who sits there confirm by typing the database's name; a program says --yes. Nobody can have meant a database that they
 * could not name.
 * @throws USAGE when nobody confirms
 */
export async function confirm({ yes, ask }: Consent, name: string, lines: readonly string[]): Promise<void> {
  if (yes) return;
  if (ask === undefined)
    throw new GoliveError(
      "USAGE",
      `nobody is here to confirm: ${lines.join("; ")}`,
      "Give --yes when that is what you want.",
    );
  const typed = await ask([...lines, `Type the name of the database to go on (${name}): `].join("\n"));
  if (typed.trim() === name) return;
  throw new GoliveError(
    "USAGE",
    "the name was not typed, so nothing was done",
    "Run the same command again to be asked again.",
  );
}
