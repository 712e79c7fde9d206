import type { World } from "../core/world.ts";
import { jobVerb } from "./job-verb.ts";

/** What a person says of a backup, signed and kept beside it. */
const word = (of: { word: string; about: string; details: string; reason: string; example: string }) =>
  jobVerb({
    about: of.about,
    details: `${of.details} What was said is signed and kept beside the backup.`,
    cronJob: "backup-hold",
    words: [of.word],
    args: [{ name: "id", about: "the backup's id; golive backup list shows them", required: true }],
    flags: {
      reason: { value: "text", about: of.reason, required: true },
      by: { value: "name", about: "who says so (default: you, as this machine knows you)" },
      database: { value: "name", about: "when backups of several databases have that id" },
    },
    always: (world, input) => (input.by === undefined ? [`--by=${userOf(world)}`] : []),
    examples: [{ run: of.example, about: "for whoever asks later" }],
    exits: ["BACKUP_NOT_FOUND"],
  });

const id = "2026-11-24T020013Z-3f9c1a";

export const hold = word({
  word: "hold",
  about: "keep a backup until it is released, whatever retention says",
  details: "No rule of retention deletes a backup that is held, and no age.",
  reason: "why it must stay",
  example: `golive backup hold ${id} --reason audit`,
});

export const release = word({
  word: "release",
  about: "end a hold: the rules of retention count again",
  details: "The backup is not deleted by this; from now on it goes when no rule keeps it.",
  reason: "why it may go",
  example: `golive backup release ${id} --reason audited`,
});

export const accept = word({
  word: "accept",
  about: "say that a backup's anomalies are as they should be",
  details:
    "A backup that is much smaller than those before it stops pruning until a person has looked. This lets it go on.",
  reason: "why it is right that it looks so",
  example: `golive backup accept ${id} --reason archived`,
});

const userOf = ({ env }: World): string => env.SUDO_USER ?? env.USER ?? env.LOGNAME ?? "somebody";
