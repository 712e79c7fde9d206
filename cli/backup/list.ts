import { stackFlag, verb } from "../core/verb.ts";
import { readSettings, stackName } from "../stack/settings.ts";
import { given, runVerb } from "./job-verb.ts";

const flags = { database: { value: "name", about: "backups of this database alone" } } as const;

export const list = verb({
  about: "list the backups, and how far back each moment can be restored",
  details:
    "Lists the dumps in the store, newest first: which are proven, held, locked, and which would be pruned. Below them stand the base " +
    "backups, and from when to when any moment can be restored with `golive restore --at`.",
  flags: { ...flags, stack: stackFlag },
  json: true,
  examples: [
    { run: "golive backup list", about: "ids, times, sizes" },
    { run: "golive backup list --json", about: "the same for a program" },
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
    const dumps = await runVerb(world, settings, input, {
      cronJob: "backup-list",
      args: ["list", ...given(input, [], flags)],
    });
    const { baseBackupLines, listBaseBackups } = await import("../point-in-time/base-backups.ts");
    const pointInTime = await listBaseBackups(world, settings);
    if (input.json === true) return { ...dumps, json: { ...(dumps.json as object), pointInTime: pointInTime ?? null } };
    return pointInTime ? { ...dumps, text: ["", ...baseBackupLines(pointInTime)].join("\n") } : dumps;
  },
});
