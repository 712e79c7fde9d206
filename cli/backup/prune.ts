import { stackFlag, verb, yesFlag } from "../core/verb.ts";
import { readSettings, stackName } from "../stack/settings.ts";
import { given, runVerb } from "./job-verb.ts";

const flags = { database: { value: "name", about: "backups of this database alone" } } as const;

export const prune = verb({
  about: "show what no rule of retention keeps, and delete it",
  details:
    "Shows which backups would go and which rule keeps each of the others. On a terminal it asks then whether to delete them; " +
    "elsewhere it only shows, unless --yes was said. The last good backup, what is held, and what the store's lock keeps never go.",
  flags: { ...flags, yes: yesFlag, stack: stackFlag },
  json: true,
  examples: [
    { run: "golive backup prune", about: "what would go, and why" },
    { run: "golive backup prune --yes", about: "without a question" },
  ],
  exits: [
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "CLUSTER_UNREACHABLE",
    "STORE_UNREACHABLE",
    "BACKUP_FAILED",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const args = ["prune", ...given(input, [], flags)];
    const act = (yes: boolean) =>
      runVerb(world, settings, input, { cronJob: "backup-prune", args: yes ? [...args, "--yes"] : args });
    if (input.yes === true) return await act(true);
    const shown = await act(false);
    if (!world.stdinIsTTY || input.json === true) return shown;
    return (await world.confirm("Delete what is shown as going?")) ? await act(true) : shown;
  },
});
