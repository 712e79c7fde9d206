import { setTimeout as delay } from "node:timers/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { isExpired, mayPass, storeError } from "./s3-errors.ts";

/** What one call may cost: how often it is tried and how long each try may take. */
export interface Patience {
  readonly tries: number;
  readonly seconds: number;
}

/** Bytes a second below which a store counts as hanging. */
const slowest = 128 * 1024;

/**
 * A dump cannot be made again from its middle, so what carries its bytes is tried for minutes (a store that restarts is
 * back in one); whoever asks a question would rather hear soon that nobody answers.
 */
export const patience = {
  question: { tries: 4, seconds: 60 },
  part: (bytes: number): Patience => ({ tries: 10, seconds: 60 + bytes / slowest }),
  /** The server may be copying the whole object while it answers nothing. */
  finish: { tries: 10, seconds: 900 },
} as const;

/** Full jitter: the wait before try `n` + 1 is anything up to 0.2 s doubled n times, 20 s at most. */
export const waitMilliseconds = (tried: number, random: () => number = Math.random): number =>
  random() * Math.min(20_000, 200 * 2 ** tried);

/** Runs one call of the SDK until it succeeds, cannot succeed, or was tried often enough. Fails with a `StoreError`. */
export type Ask = <T>(
  what: string,
  run: (stop: { readonly abortSignal: AbortSignal }) => Promise<T>,
  patience?: Patience,
) => Promise<T>;

/** `pace` multiplies every wait: tests make it small. */
export function asking(client: S3Client, signal: AbortSignal, pace = 1): Ask {
  return async (what, run, { tries, seconds } = patience.question) => {
    let renewed = false;
    for (let tried = 1; ; tried++) {
      signal.throwIfAborted();
      try {
        return await within(seconds * pace, signal, run);
      } catch (error) {
        signal.throwIfAborted();
        const fault = storeError(error, what);
        if (isExpired(error) && !renewed) {
          // Keys that ended while a long run went on: its provider may have new ones.
          renewed = true;
          await renewCredentials(client);
          continue;
        }
        if (!mayPass(error) || tried >= tries) throw fault;
      }
      await delay(waitMilliseconds(tried) * pace, undefined, { signal });
    }
  };
}

/** Ends a try that takes too long. The timer goes with the try: a body that is still being read is not cut off by it. */
async function within<T>(
  seconds: number,
  signal: AbortSignal,
  run: (stop: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const passOn = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", passOn, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, seconds * 1000);
  try {
    return await run({ abortSignal: stop.signal });
  } catch (error) {
    if (late) throw Object.assign(new Error(`no answer within ${seconds.toFixed()} s`), { name: "TimeoutError" });
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", passOn);
  }
}

async function renewCredentials(client: S3Client): Promise<void> {
  // The SDK's provider takes this option although the type of the resolved configuration does not show it.
  const provider = client.config.credentials as (options?: { forceRefresh: boolean }) => Promise<unknown>;
  await provider({ forceRefresh: true });
}
