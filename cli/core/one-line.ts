import { redact } from "@golive/errors/redact.ts";

/** Text of others on one line of a terminal: without control sequences, secrets and line breaks. */
export function oneLine(text: string): string {
  return redact(text).replace(/\s+/g, " ").trim();
}
