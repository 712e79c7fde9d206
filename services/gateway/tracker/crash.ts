import type { Logger } from "pino";
import type { ErrorTracker } from "./contracts.ts";

export interface CrashParts {
  readonly log: Logger;
  readonly tracker: ErrorTracker;
  /** Sends the spans that wait. */
  readonly flushTelemetry: () => Promise<void>;
  /** After which the process ends whatever still waits. @default 2000 */
  readonly limitMs?: number;
}

/**
 * An error that nobody handled leaves the process in a state that nobody knows: it is captured, logged and flushed, and the process
 * ends with 1. Further ones on the way to that end change nothing.
 */
export function endOnCrash({ log, tracker, flushTelemetry, limitMs = 2_000 }: CrashParts): void {
  let ending = false;
  const crash = (error: unknown) => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), limitMs);
    tracker.capture(error, { subsystem: "gateway" });
    log.fatal({ err: error }, "the process ends after an error nobody handled");
    void Promise.allSettled([flushTelemetry(), tracker.close(limitMs)]).then(() => process.exit(1));
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
