import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandsHash, commandsOf } from "./commands-hash.ts";

/** A page's line of `passed.json`: when its commands last all passed, and which they were. */
export interface Passed {
  readonly at: string;
  readonly commands: string;
}

export type Freshness =
  | { readonly state: "passed"; readonly at: string }
  | { readonly state: "changed"; readonly at: string }
  | { readonly state: "never" };

/** Undefined for a page without commands: there is nothing to run. */
export function freshnessOf(markdown: string, passed: Passed | undefined): Freshness | undefined {
  const commands = commandsOf(markdown);
  if (commands.length === 0) return undefined;
  if (passed === undefined) return { state: "never" };
  return { state: commandsHash(commands) === passed.commands ? "passed" : "changed", at: passed.at };
}

export const passedFile = (pagesFolder: string): string => join(pagesFolder, "passed.json");

/** By the page's path in the folder, as in `backup/index.md`. Empty until the commands were run once. */
export function readPassed(pagesFolder: string): Readonly<Record<string, Passed>> {
  const file = passedFile(pagesFolder);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}
