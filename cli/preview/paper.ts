import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";

export interface Written {
  readonly text: string;
  /** The same uncut, where it had to be cut. */
  readonly whole?: string;
}

/** Writes a preview into a file, and the uncut one beside it as `<name>.full.<ending>`. Returns the line that says so. */
export function paper(path: string, { text, whole }: Written): string {
  const ending = extname(path);
  const beside = `${path.slice(0, path.length - ending.length)}.full${ending}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    write(path, `${text}\n`);
    if (whole !== undefined) write(beside, whole);
  } catch (cause) {
    throw new GoliveError(
      "USAGE",
      `${path} cannot be written: ${cause instanceof Error ? cause.message : cause}`,
      "Name a file in a folder that you may write to.",
      { cause },
    );
  }
  return whole === undefined ? `written to ${path}` : `written to ${path}, cut to fit a comment; whole in ${beside}`;
}

/** Whole or not at all: a comment is made of it. */
function write(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
