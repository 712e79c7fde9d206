import { GoliveError } from "@golive/errors/golive-error.ts";
import { consent } from "../core/consent.ts";
import type { Input } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import type { Settings } from "../stack/settings.ts";

/**
 * Asks before commands that change or delete data. Of a protected stack the name has to be typed: a `--yes` in a script has
 * read nothing.
 */
export async function consentToDanger(
  world: World,
  input: Input,
  { stack, config }: Settings,
  what: string,
  withYes: string,
): Promise<void> {
  const { protect } = config.parsed as { readonly protect: boolean };
  if (!protect) return await consent(world, input, `${what} on stack ${stack}. Go on?`, withYes);
  if (!world.stdinIsTTY)
    throw new GoliveError(
      "USAGE",
      `${what}, and stack "${stack}" is protected: that takes a person at a terminal`,
      "Run the same command on a terminal, and type the stack's name when it asks.",
    );
  const typed = await world.ask(`${what} on the protected stack ${stack}. Type its name to go on:`);
  if (typed === stack) return;
  throw new GoliveError(
    "USAGE",
    "not done: that was not the stack's name",
    "Run the same command again if you mean it.",
  );
}
