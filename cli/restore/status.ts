import { jobVerb } from "../backup/job-verb.ts";

export const status = jobVerb({
  about: "show what restores have left, and what can be undone",
  details:
    "Shows the databases that restores keep beside the live ones: what was replaced and can come back by golive undo, until when, and " +
    "what a restore that died has left. After a crash it names the command that finishes or reverts.",
  cronJob: "backup-restore",
  words: ["restore", "status"],
  examples: [{ run: "golive restore status", about: "after a restore, or one that was stopped" }],
  exits: ["DATABASE_UNREACHABLE"],
});
