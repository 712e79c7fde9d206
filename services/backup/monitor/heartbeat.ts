import { randomUUID } from "node:crypto";
import type { MonitorConfig } from "../config/monitor.ts";
import type { Report } from "../progress.ts";
import { askOutside } from "./ask-outside.ts";
import type { State } from "./verdict.ts";

/** For one try. What watches us must not be able to hold us up. */
const requestMs = 10_000;

/** Tells those outside that the monitor is alive, and how it found things. Changes no result; the addresses are in no message. */
export interface Heartbeat {
  /** A look begins. */
  begin(): Promise<void>;
  /** A look ended; `unknown` when it could not be made. */
  end(state: State): Promise<void>;
}

/**
 * The heartbeat is sent after a look that found nothing red. After a red one it goes to the address for failures where there is one,
 * and otherwise is not sent at all: the watcher then alarms, also when the platform's own alerting is what is broken.
 */
export function heartbeat(
  { heartbeat: beat, sentryCron }: Pick<MonitorConfig, "heartbeat" | "sentryCron">,
  environment: string,
  report: Report,
  limitMs = requestMs,
): Heartbeat {
  const checkInId = randomUUID();
  const checkIn = async (status: "in_progress" | "ok" | "error"): Promise<void> => {
    if (!sentryCron) return;
    const url = new URL(sentryCron);
    url.searchParams.set("check_in_id", checkInId);
    url.searchParams.set("environment", environment);
    url.searchParams.set("status", status);
    await askOutside("Sentry's cron monitor", url, report, limitMs);
  };
  return {
    begin: () => checkIn("in_progress"),
    async end(state) {
      const bad = state === "fail" || state === "unknown";
      const url = beat && (bad ? failureUrl(beat) : beat.url);
      await Promise.all([
        url ? askOutside("the heartbeat's receiver", url, report, limitMs) : undefined,
        checkIn(bad ? "error" : "ok"),
      ]);
    },
  };
}

function failureUrl({ url, failSuffix }: NonNullable<MonitorConfig["heartbeat"]>): URL | undefined {
  if (failSuffix === undefined) return undefined;
  const failed = new URL(url);
  failed.pathname = failed.pathname.replace(/\/$/, "") + failSuffix;
  return failed;
}
