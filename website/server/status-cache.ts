import type { Prometheus } from "./prometheus.ts";
import { readStatus, type Status } from "./status.ts";

export const cachedForMs = 15_000;
export const limitMs = 2_000;

/** Undefined is "unknown". */
export type AskStatus = () => Promise<Status | undefined>;

/** However many browsers ask, Prometheus is asked four times a minute; a failure is kept as long, so that it is not asked more when it is ill. */
export function cachedStatus(prometheus: Prometheus | undefined, now: () => Date = () => new Date()): AskStatus {
  if (prometheus === undefined) return async () => undefined;
  let last: { readonly until: number; readonly status: Promise<Status | undefined> } | undefined;
  return () => {
    const at = now();
    if (last === undefined || last.until <= at.getTime()) {
      const status = readStatus(prometheus, at, AbortSignal.timeout(limitMs)).catch(() => undefined);
      last = { until: at.getTime() + cachedForMs, status };
    }
    return last.status;
  };
}
