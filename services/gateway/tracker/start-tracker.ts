import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { ServiceIdentity } from "../telemetry/identity.ts";
import { dsnForm, isDsn, type TrackerConfig } from "./config.ts";
import { type RunningTracker, unconnectedTracker } from "./running-tracker.ts";

export interface TrackerSettings extends TrackerConfig {
  readonly identity: ServiceIdentity;
}

/**
 * Starts the error tracker, before the tracing. Without a DSN there is none, and that is no fault: nothing is loaded and nothing is
 * said. A file that cannot be used is said once, and the gateway starts all the same.
 */
export async function startTracker(settings: TrackerSettings, log: Logger): Promise<RunningTracker> {
  const dsn = settings.dsn ?? (settings.dsnFile === undefined ? undefined : dsnFrom(settings.dsnFile, log));
  if (dsn === undefined) return unconnectedTracker();
  const { SentryTracker } = await import("./sentry-tracker.ts");
  return new SentryTracker(dsn, settings, log);
}

function dsnFrom(file: string, log: Logger): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    log.warn({ err: error }, "SENTRY_DSN_FILE cannot be read: errors are logged and sent nowhere");
    return undefined;
  }
  if (text === "") return undefined;
  if (isDsn(text)) return text;
  log.warn(`SENTRY_DSN_FILE ${dsnForm}: errors are logged and sent nowhere`);
  return undefined;
}
