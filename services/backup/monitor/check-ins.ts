import { createHash } from "node:crypto";
import type { Report } from "../progress.ts";
import { askOutside } from "./ask-outside.ts";
import type { Schedule } from "./schedules.ts";

/** What watches us must not be able to hold us up. */
const requestMs = 10_000;

/** After a restart, older runs are not told again: Sentry has judged them. */
const toldAtStartMs = 12 * 3_600_000;

export type CheckInStatus = "in_progress" | "ok" | "error";

/** How a schedule's newest run stands. */
export interface CheckIn {
  readonly schedule: string;
  readonly status: CheckInStatus;
  /** When the run was due. */
  readonly due: Date;
}

/** By the name of the CronJob, where its runs are told. Secret. */
export type CheckInUrls = Readonly<Record<string, URL>>;

/**
 * Tells Sentry's cron monitors of runs that somebody else made, by what Kubernetes says of the CronJobs: drills have no way out, as
 * what they restore may run code of whoever wrote the dump, and a job that never started could not tell of that either.
 */
export class CheckIns {
  readonly #urls: CheckInUrls;
  readonly #environment: string;
  readonly #told = new Map<string, string>();
  #first = true;

  constructor(urls: CheckInUrls, environment: string) {
    this.#urls = urls;
    this.#environment = environment;
  }

  /** Of what has changed since the last time; changes no result, and no message has an address. */
  async tell(schedules: readonly Schedule[], now: Date, report: Report): Promise<void> {
    const since = this.#first ? now.getTime() - toldAtStartMs : 0;
    this.#first = false;
    const changed = schedules
      .map(checkInOf)
      .filter((checkIn) => checkIn !== undefined)
      .filter((checkIn) => this.#told.get(checkIn.schedule) !== fingerprint(checkIn));
    for (const checkIn of changed) this.#told.set(checkIn.schedule, fingerprint(checkIn));
    await Promise.all(
      changed
        .filter(({ due }) => due.getTime() >= since)
        .map(async (checkIn) => {
          const url = this.#urls[checkIn.schedule];
          if (url)
            await askOutside(
              `Sentry's cron monitor of ${checkIn.schedule}`,
              this.#address(url, checkIn),
              report,
              requestMs,
            );
        }),
    );
  }

  #address(base: URL, { schedule, status, due }: CheckIn): URL {
    const url = new URL(base);
    url.searchParams.set("check_in_id", idOf(schedule, due));
    url.searchParams.set("environment", this.#environment);
    url.searchParams.set("status", status);
    return url;
  }
}

/** Undefined for a schedule that has not fired yet, or that is not there. */
export function checkInOf({ name, lastScheduled, lastSucceeded, active = 0 }: Schedule): CheckIn | undefined {
  if (lastScheduled === undefined) return undefined;
  const isDone = lastSucceeded !== undefined && lastSucceeded >= lastScheduled;
  const status = active > 0 ? "in_progress" : isDone ? "ok" : "error";
  return { schedule: name, status, due: lastScheduled };
}

const fingerprint = ({ status, due }: CheckIn): string => `${due.toISOString()} ${status}`;

/** The same for each check-in of a run, whichever process tells of it. */
function idOf(schedule: string, due: Date): string {
  const hex = createHash("sha256").update(`${schedule} ${due.toISOString()}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
