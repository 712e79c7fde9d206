import { setTimeout as delay } from "node:timers/promises";
import type { Report } from "../progress.ts";

/**
 * Requests an address of somebody who watches us, and reports a warning where that fails; the address is in no message. Twice at
 * most: one packet that is lost should wake nobody, and what is down for longer is what a watcher waits for.
 */
export async function askOutside(what: string, url: URL, report: Report, limitMs: number): Promise<void> {
  const first = await tryOnce(url, limitMs);
  if (first === undefined) return;
  if (first.again) await delay(limitMs / 10);
  const last = first.again ? await tryOnce(url, limitMs) : first;
  if (last) report(`warning: ${what} ${last.problem}`);
}

/** Undefined when it went through. */
async function tryOnce(url: URL, limitMs: number): Promise<{ problem: string; again: boolean } | undefined> {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(limitMs) });
    await answer.body?.cancel();
    const again = answer.status >= 500 || answer.status === 429;
    return answer.ok ? undefined : { problem: `answered ${answer.status}`, again };
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } };
    return { problem: `was not reached: ${cause?.code ?? name}`, again: true };
  }
}
