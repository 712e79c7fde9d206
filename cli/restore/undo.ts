import { jobVerb } from "../backup/job-verb.ts";
import { consent } from "../core/consent.ts";
import { text, yesFlag } from "../core/verb.ts";

const flags = {
  database: { value: "name", about: "the database that was replaced (default: the application's)" },
  to: { value: "name", about: "bring back this one of those that are kept; golive restore status shows them" },
  expired: { about: "also when it is older than an undo is offered for" },
} as const;

export const undo = jobVerb({
  about: "bring back the database that a restore replaced",
  details:
    "Swaps the database that was live before the last restore back into its place, and keeps the restored one in turn. What was " +
    "written since the restore stays in the database that is put aside. Undoing twice changes nothing.",
  cronJob: "backup-restore",
  words: ["undo"],
  flags: { ...flags, yes: yesFlag },
  before: (world, input, settings) =>
    consent(
      world,
      input,
      `Undo the last restore of ${text(input, "database") ?? "the application's database"} in stack ${settings.stack}?`,
      "golive undo --yes",
    ),
  always: (_world, input) => (input.yes === true ? [] : ["--yes"]),
  examples: [{ run: "golive undo", about: "asks, and swaps back" }],
  exits: ["DATABASE_UNREACHABLE", "LOCKED", "RESTORE_REFUSED"],
});
