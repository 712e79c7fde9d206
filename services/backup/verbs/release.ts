import { wordVerb } from "./word.ts";

export const release = wordVerb("released", {
  words: "release",
  about: "end a hold; the rules of retention decide again",
  details: "Writes a signed record beside the backup, in every store that has it. What was not held stays as it was.",
  examples: ['golive-backup release 2026-11-24T020013Z-3f9c1a --reason "legal case 7 is closed"'],
});
