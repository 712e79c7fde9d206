import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Input } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { readSettings, type Settings } from "../stack/settings.ts";
import { consentToDanger } from "./danger.ts";
import { environmentFor } from "./environment.ts";
import type { Page } from "./page.ts";
import { type Command, type CommandResult, commandOf, resultOf, unfit } from "./run-fence.ts";
import { commandsOf } from "./run-page.ts";
import { bash, endLeftovers, type Shell } from "./run-shell.ts";
import { type Scratch, scratch } from "./scratch.ts";

/** Runs the steps of a page as a person asks for them, in one folder, so that exported variables carry over. */
export async function withSteps<T>(
  world: World,
  stack: string,
  page: Page,
  work: (steps: Steps) => Promise<T>,
  shell: Shell = bash,
): Promise<T> {
  const settings = await readSettings(world, stack);
  const place = scratch(world, settings);
  try {
    return await work(new Steps(world, settings, page, place, shell));
  } finally {
    endLeftovers();
    place.remove();
  }
}

export class Steps {
  readonly #world: World;
  readonly #settings: Settings;
  readonly #place: Scratch;
  readonly #shell: Shell;
  readonly commands: readonly Command[];

  constructor(world: World, settings: Settings, page: Page, place: Scratch, shell: Shell) {
    [this.#world, this.#settings, this.#place, this.#shell] = [world, settings, place, shell];
    const environment = environmentFor(world, settings);
    this.commands = commandsOf(page).map((fence) => commandOf(fence, environment));
  }

  /** @throws USAGE for a step that the page does not have, or without the consent that it needs */
  async run(number: number, input: Input, withYes: string): Promise<CommandResult> {
    const command = this.commands[number - 1];
    if (!command)
      throw new GoliveError(
        "USAGE",
        `there is no step ${number}`,
        `The page has ${this.commands.length === 0 ? "none" : `steps 1 to ${this.commands.length}`}.`,
      );
    const broken = unfit(command);
    if (broken !== undefined) return { line: command.line, command: command.text, state: "failed", why: broken };
    if (command.danger)
      await consentToDanger(this.#world, input, this.#settings, `Step ${number} changes data or interrupts`, withYes);
    const before = this.#world.clock.now().getTime();
    const end = await this.#shell(this.#place.prepare(command, this.#world.signal));
    return resultOf(command, end, (this.#world.clock.now().getTime() - before) / 1000);
  }
}

export function stepText({ output = "", state, why }: CommandResult): string {
  return [output, state === "passed" ? "as expected" : `NOT as expected: ${why}`].filter(Boolean).join("\n\n");
}

export const exitOf = ({ state }: CommandResult) => (state === "failed" ? codes.TESTS_FAILED.exit : 0);

/** Offers each step in turn. Returns how many did not do as the page says. */
export async function walkThrough(world: World, steps: Steps): Promise<number> {
  let bad = 0;
  for (const [at, command] of steps.commands.entries()) {
    const number = at + 1;
    world.emit(`\nStep ${number} of ${steps.commands.length}:\n${command.text.replace(/^/gm, "    ")}`);
    const answer = (await world.ask("Run it? [y]es, [s]kip, [q]uit")).toLowerCase();
    if (/^q/.test(answer)) break;
    if (!/^y/.test(answer)) continue;
    // A no to a dangerous step leaves the others to be offered.
    const result = await steps.run(number, {}, "").catch((error: unknown) => {
      if (error instanceof GoliveError && error.code === "USAGE") return error;
      throw error;
    });
    if (result instanceof GoliveError) {
      world.emit(result.message);
      continue;
    }
    world.emit(stepText(result));
    if (result.state === "failed") bad++;
  }
  return bad;
}
