import { redact } from "@golive/errors/redact.ts";

/** Tokens of the gateway and identities of age: what commands of the pages print on purpose, and reports must not repeat. */
const bare = [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, /AGE-SECRET-KEY-1[0-9A-Z]{20,}/g] as const;

/** Output of a command, fit for a report. */
export function mask(output: string): string {
  return redact(bare.reduce((text, pattern) => text.replace(pattern, "***"), output));
}
