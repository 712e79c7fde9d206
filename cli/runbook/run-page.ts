import type { Environment } from "@golive/infra/runbooks/placeholders.ts";
import type { World } from "../core/world.ts";
import type { Page } from "./page.ts";
import { type CommandResult, commandOf, resultOf, unfit } from "./run-fence.ts";
import type { Shell } from "./run-shell.ts";
import type { Scratch } from "./scratch.ts";

export interface PageResult {
  /** Below the repository. */
  readonly path: string;
  readonly slug: string;
  readonly results: readonly CommandResult[];
  readonly seconds: number;
}

/** Fences that are commands. */
export const commandsOf = ({ fences }: Page) => fences.filter(({ lang }) => lang === "sh");

/**
 * Runs a page's commands in order. One that fails does not keep the next from running: a later one may be what undoes the page.
 */
export async function runPage(
  world: World,
  page: Page,
  environment: Environment,
  { shell, place, path }: { readonly shell: Shell; readonly place: Scratch; readonly path: string },
): Promise<PageResult> {
  const started = world.clock.now().getTime();
  const results: CommandResult[] = [];
  for (const fence of commandsOf(page)) {
    world.signal.throwIfAborted();
    const command = commandOf(fence, environment);
    const { line, text, skip } = command;
    const broken = unfit(command);
    if (skip !== undefined) results.push({ line, command: text, state: "skipped", why: skip });
    else if (broken !== undefined) results.push({ line, command: text, state: "failed", why: broken });
    else {
      const before = world.clock.now().getTime();
      const end = await shell(place.prepare(command, world.signal));
      results.push(resultOf(command, end, (world.clock.now().getTime() - before) / 1000));
    }
  }
  return { path, slug: page.slug, results, seconds: (world.clock.now().getTime() - started) / 1000 };
}
