import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { MonitorConfig } from "../config/monitor.ts";
import type { Report } from "../progress.ts";
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
    await request("Sentry's cron monitor", url, report, limitMs);
  };
  return {
    begin: () => checkIn("in_progress"),
    async end(state) {
      const bad = state === "fail" || state === "unknown";
      const url = beat && (bad ? failureUrl(beat) : beat.url);
      await Promise.all([
        url ? request("the heartbeat's receiver", url, report, limitMs) : undefined,
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

/** Twice at most: one packet that is lost should wake nobody, and what is down for longer is what a watcher waits for. */
async function request(what: string, url: URL, report: Report, limitMs: number): Promise<void> {
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
