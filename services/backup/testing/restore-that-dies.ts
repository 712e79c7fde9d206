import { restore } from "../restore/restore.ts";
import type { Step } from "../restore/restore-world.ts";
import { undo } from "../restore/undo.ts";
import { restoreWorld } from "../verbs/restore-world.ts";

/**
 * A process of its own for tests: `<restore|undo> <database> <step>` with the program's variables. At the step it is killed as a
 * power cut would: nothing is cleaned up, no connection is closed in good order.
 */
const [what, database = "", step] = process.argv.slice(2);
const world = {
  env: process.env,
  now: () => new Date(),
  report: () => undefined,
  signal: new AbortController().signal,
};
const made = {
  ...restoreWorld(world, true),
  atStep: (at: Step) => {
    if (at === step) process.kill(process.pid, "SIGKILL");
  },
};
if (what === "undo") await undo(made, { database });
else await restore(made, { choice: "latest", unproven: true, database, target: { kind: "replace" } });
