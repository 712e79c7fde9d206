import { createInterface } from "node:readline/promises";
import { redact } from "@golive/errors/redact.ts";

/** Asks on stderr, so that stdout stays the answer's. Undefined when no person is at the other end of both. */
export function askAtTerminal(signal: AbortSignal): ((question: string) => Promise<string>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(redact(question), { signal });
    } finally {
      terminal.close();
    }
  };
}
