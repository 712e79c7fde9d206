import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Input } from "./verb.ts";
import type { World } from "./world.ts";

/** What cannot be undone is asked about; where nobody can be asked, `--yes` has to have been said. */
export async function consent(world: World, input: Input, question: string, withYes: string): Promise<void> {
  if (input.yes === true) return;
  if (!world.stdinIsTTY)
    throw new GoliveError(
      "USAGE",
      "this needs a yes, and there is no terminal to ask on",
      `Run \`${withYes}\` if you mean it.`,
    );
  if (!(await world.confirm(question)))
    throw new GoliveError("USAGE", "not done: the answer was no", `Run \`${withYes}\` to do it without a question.`);
}
