import { jobVerb } from "../backup/job-verb.ts";
import { consent } from "../core/consent.ts";
import { text, yesFlag } from "../core/verb.ts";

export const drop = jobVerb({
  about: "drop a database that a restore keeps, when no undo is wanted any more",
  details:
    "Drops a database that a restore or an undo has put aside, or that a restore that died has left. It refuses every other database. " +
    "Replication slots and subscriptions in it are somebody's: with them it goes only with --force.",
  cronJob: "backup-restore",
  words: ["restore", "drop"],
  args: [{ name: "name", about: "as golive restore status shows it", required: true }],
  flags: { force: { about: "with its replication slots and subscriptions" }, yes: yesFlag },
  before: (world, input, settings) =>
    consent(
      world,
      input,
      `Drop database ${text(input, "name")} of stack ${settings.stack}? It cannot be brought back.`,
      `golive restore drop ${text(input, "name")} --yes`,
    ),
  always: (_world, input) => (input.yes === true ? [] : ["--yes"]),
  examples: [{ run: "golive restore drop golive_before_20261125t020013_3f9c1a", about: "asks, and frees its disk" }],
  exits: ["DATABASE_UNREACHABLE", "LOCKED", "RESTORE_REFUSED"],
});
