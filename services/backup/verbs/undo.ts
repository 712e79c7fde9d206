import { GoliveError } from "@golive/errors/golive-error.ts";
import { type UndoReport, undo as undoRestore } from "../restore/undo.ts";
import { liveDatabase, serverWorld } from "./restore-world.ts";
import type { Verb } from "./verb.ts";

export const undo: Verb = {
  words: "undo",
  about: "bring back the database that a restore replaced",
  details:
    "Swaps it back in one transaction, as the restore did; what the restore had put there is kept as well. Run again it finds that it " +
    "was done and does nothing. What a killed restore left, and never put in any place, it takes away.",
  args: [],
  options: [
    { flags: "--database <name>", about: "the live database (default: PGDATABASE)" },
    { flags: "--to <name>", about: "bring back this kept database instead of the newest" },
    { flags: "--expired", about: "also after BACKUP_UNDO_DAYS" },
    { flags: "--yes", about: "without asking" },
  ],
  examples: ["golive-backup undo", "golive-backup undo --database app --yes --json"],
  reads: ["postgres", "restore"],
  exits: ["USAGE", "CONFIG_INVALID", "LOCKED", "DATABASE_UNREACHABLE", "RESTORE_REFUSED", "INTERRUPTED"],
  async run(world, { options }) {
    const database = liveDatabase(world, options.database);
    if (database === undefined)
      throw new GoliveError("USAGE", "it is not said of which database", "Give --database, or set PGDATABASE.");
    const report = await undoRestore(serverWorld(world, options.yes === true), {
      database,
      to: options.to as string | undefined,
      expired: options.expired === true,
    });
    return { json: report, text: undoText(report) };
  },
};

function undoText({ database, did, backup, kept, gapMs, sessionsEnded, warnings }: UndoReport): string {
  const name = JSON.stringify(database);
  if (did === "nothing")
    return `nothing to do: the restore of ${backup} into ${name} is undone already, and its result kept as ${kept}`;
  if (did === "cleared")
    return `the restore of ${backup} into ${name} had not replaced anything; what it left is dropped`;
  return [
    `${name} is again what it was before the restore of ${backup}`,
    `clients waited ${gapMs} ms; ${sessionsEnded} sessions were ended`,
    ...(kept === null ? [] : [`kept: ${kept}, which the restore had made`]),
    ...warnings.map((line) => `warning: ${line}`),
  ].join("\n");
}
