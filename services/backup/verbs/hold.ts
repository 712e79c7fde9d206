import { wordVerb } from "./word.ts";

export const hold = wordVerb("held", {
  words: "hold",
  about: "keep a backup until it is released, whatever its age",
  details:
    "Writes a signed record beside the backup, in every store that has it. Pruning obeys it; the store itself is not asked.",
  examples: ['golive-backup hold 2026-11-24T020013Z-3f9c1a --reason "legal case 7"'],
});
