import { codes } from "@golive/errors/codes.ts";
import { jobVerb } from "./job-verb.ts";

export const verify = jobVerb({
  about: "read backups whole and compare them with their manifests",
  details:
    "Reads backups from the store to their last byte, decrypts them and compares every sum with the signed manifest. What was proven " +
    "lately is believed; --all reads it again.",
  cronJob: "backup-verify",
  words: ["verify"],
  flags: {
    id: { value: "id", about: "this backup alone (default: those that are due)" },
    database: { value: "name", about: "backups of this database alone" },
    all: { about: "what was proven lately too" },
    days: { value: "days", type: "integer", about: "believe what was proven within so many days (default: 7)" },
  },
  answers: [codes.BACKUP_DAMAGED.exit, codes.BACKUP_UNDECRYPTABLE.exit],
  examples: [
    { run: "golive backup verify", about: "what the nightly job would read" },
    { run: "golive backup verify --id 2026-11-24T020013Z-3f9c1a", about: "one backup, whatever is known of it" },
  ],
  exits: ["BACKUP_NOT_FOUND", "BACKUP_DAMAGED", "BACKUP_UNDECRYPTABLE"],
});
