import { jobVerb } from "./job-verb.ts";

export const monitor = jobVerb({
  about: "judge the health of the backups now",
  details:
    "Looks at seven things: age of the newest proven backup, whether each job ran, sizes and rows beside those before, a sample " +
    "that is read again, the store, the last drill, and the archive of the write-ahead log. The exit status is the judgement: " +
    "0 well, 1 warning, 2 critical, 3 it could not be told.",
  cronJob: "backup-monitor",
  words: ["monitor"],
  answers: [1, 2, 3],
  examples: [
    { run: "golive backup monitor", about: "one line a check" },
    { run: "golive backup monitor --json", about: "for a monitor of your own" },
  ],
});
