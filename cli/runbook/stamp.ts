import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { commandsHash as hashOf } from "../../website/plugins/commands-hash.ts";
import type { World } from "../core/world.ts";
import type { Page } from "./page.ts";
import { runbooksFolder } from "./pages.ts";
import { commandsOf, type PageResult } from "./run-page.ts";

/** When the commands of a page last did what it promises, and which commands those were. */
const passed = z.record(z.string(), z.object({ at: z.string(), commands: z.string() }));
export type Passed = z.output<typeof passed>;

/** As the site computes it, which says on each page whether its commands are still those that passed. */
export const commandsHash = (page: Page): string => hashOf(commandsOf(page).map(({ code }) => code));

/** What is known, with the pages of this run that passed in place of what was said of them before. */
export function withPassed(before: Passed, pages: readonly Page[], results: readonly PageResult[], at: Date): Passed {
  const fresh = pages.flatMap((page) => {
    const result = results.find(({ slug }) => slug === page.slug);
    const good = result?.results.every(({ state }) => state !== "failed") ?? false;
    return good ? [[page.file, { at: at.toISOString(), commands: commandsHash(page) }] as const] : [];
  });
  const all = { ...before, ...Object.fromEntries(fresh) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function stampPassed(world: World, pages: readonly Page[], results: readonly PageResult[]): void {
  const file = join(world.places.repo, runbooksFolder, "passed.json");
  const before = existsSync(file) ? passed.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  writeFileSync(file, `${JSON.stringify(withPassed(before, pages, results, world.clock.now()), undefined, 2)}\n`);
}
