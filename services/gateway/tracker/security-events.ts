import type { SecurityEventKind, SecurityEvents, Subsystem } from "./contracts.ts";
import type { TrackerMetrics } from "./metrics.ts";
import type { RunningTracker } from "./running-tracker.ts";

/** Kinds and keys whose window is remembered. A client that is forgotten is told again, which the tracker's own limit bounds. */
const maxRemembered = 10_000;
const maxDetails = 10;
const maxDetailLength = 200;

const subsystems: Readonly<Record<SecurityEventKind, Subsystem>> = {
  "authentication-failure": "auth",
  forbidden: "auth",
  "csrf-refused": "auth",
  "rate-limit-exceeded": "gateway",
};

export interface SecurityReporterOptions {
  /** How long an event of the same kind and key is only counted. */
  readonly windowMs: number;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

/** Counts every occurrence; tells the tracker of the first one in each window of a kind and key. */
export class SecurityReporter implements SecurityEvents {
  readonly #tracker: Pick<RunningTracker, "tell">;
  readonly #metrics: Pick<TrackerMetrics, "securityEvent">;
  readonly #windowMs: number;
  readonly #now: () => number;
  /** Ends of windows, the one that began first in front. */
  readonly #windows = new Map<string, number>();

  constructor(
    tracker: Pick<RunningTracker, "tell">,
    metrics: Pick<TrackerMetrics, "securityEvent">,
    { windowMs, now = () => performance.now() }: SecurityReporterOptions,
  ) {
    this.#tracker = tracker;
    this.#metrics = metrics;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  report(kind: SecurityEventKind, key: string, details: Readonly<Record<string, string>> = {}): void {
    this.#metrics.securityEvent(kind);
    const name = `${kind} ${key.slice(0, 256)}`;
    const now = this.#now();
    if (now < (this.#windows.get(name) ?? 0)) return;
    this.#windows.delete(name);
    this.#windows.set(name, now + this.#windowMs);
    if (this.#windows.size > maxRemembered) this.#windows.delete(this.#windows.keys().next().value ?? "");
    this.#tracker.tell({ kind, key, subsystem: subsystems[kind], details: bounded(details) });
  }
}

function bounded(details: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(details).slice(0, maxDetails);
  return Object.fromEntries(entries.map(([name, text]) => [name, text.slice(0, maxDetailLength)]));
}
