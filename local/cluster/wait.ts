import { setTimeout as sleep } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";

export interface Waiting {
  /** For the message: "the node to be ready". */
  readonly what: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly hint: string;
  readonly everyMs?: number;
}

/** Asks until the answer is undefined. The answer is what is still missing, and part of the message when time is up. */
export async function waitFor(
  ask: () => Promise<string | undefined>,
  { what, seconds, signal, hint, everyMs = 250 }: Waiting,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const missing = await ask();
    if (missing === undefined) return;
    if (performance.now() > until)
      throw new GoliveError("CLUSTER_FAILED", `waited ${seconds} s for ${what}: ${missing}`, hint);
    await sleep(everyMs, undefined, { signal });
  }
}
