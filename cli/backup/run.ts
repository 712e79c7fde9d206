import { jobVerb } from "./job-verb.ts";

export const run = jobVerb({
  about: "make a backup now",
  details:
    "Runs the nightly backup's job now, in the cluster, and shows what it says. The backup counts when its signed manifest is written; " +
    "it is proven when `golive backup verify` has read it or a drill has restored it.",
  cronJob: "backup",
  words: ["run"],
  flags: {
    database: { value: "names", about: "databases, with commas between them (default: the application's)" },
    all: { about: "every database of the server" },
    include: { value: "pattern", type: "list", about: "these tables alone; may be given several times" },
    exclude: { value: "pattern", type: "list", about: "without these tables; may be given several times" },
  },
  always: () => ["--reason=manual"],
  examples: [
    { run: "golive backup run", about: "before a change that is hard to take back" },
    { run: "golive backup run --all --json", about: "every database, for a program" },
  ],
  exits: ["LOCKED", "DATABASE_UNREACHABLE", "DISK_FULL"],
});
