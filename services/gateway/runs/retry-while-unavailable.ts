import { setTimeout as delay } from "node:timers/promises";
import { DatabaseUnavailable } from "../database/failure.ts";

const firstWaitMs = 100;
const maxWaitMs = 2_000;

/**
 * Repeats `work` while the database is away: a failover takes seconds, and what took minutes to do must not be lost to
 * it.
 * @param limitMs then the last error is thrown; anything but an outage is thrown at once
 */
export async function retryWhileUnavailable<T>(work: () => Promise<T>, limitMs: number): Promise<T> {
  const limit = performance.now() + limitMs;
  for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, maxWaitMs)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || performance.now() + wait > limit) throw error;
      await delay(wait);
    }
  }
}
