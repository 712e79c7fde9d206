import { jobVerb } from "./job-verb.ts";

export const show = jobVerb({
  about: "show all that is known of a backup",
  details: "Shows a backup's manifest and what happened to it since: when it was verified, drilled, held.",
  cronJob: "backup-list",
  words: ["show"],
  args: [{ name: "id", about: "the backup's id; golive backup list shows them", required: true }],
  flags: { database: { value: "name", about: "when backups of several databases have that id" } },
  examples: [{ run: "golive backup show 2026-11-24T020013Z-3f9c1a", about: "tables, rows, versions, signatures" }],
  exits: ["BACKUP_NOT_FOUND", "BACKUP_DAMAGED"],
});
