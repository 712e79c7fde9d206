import { wordVerb } from "./word.ts";

export const accept = wordVerb("accepted", {
  words: "accept",
  about: "say that a backup's anomalies are as they should be, so that pruning goes on",
  details:
    "A backup that is much smaller than those before it freezes the pruning of its database: the older ones may be all that is " +
    "left of the data. Look at it first (`show`), then accept it.",
  examples: ['golive-backup accept 2026-11-24T020013Z-3f9c1a --reason "old events were archived"'],
});
