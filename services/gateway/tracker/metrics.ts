import { Counter, type Registry } from "@prometheus-io/client";
import { type SecurityEventKind, securityEventKinds } from "./contracts.ts";
import { type Outcome, outcomes, trackerCounts } from "./counts.ts";

const names = Object.keys(outcomes) as Outcome[];

/** Errors and security events as numbers, which go on when the tracker is full, silent or absent. */
export class TrackerMetrics {
  readonly #security: Counter<"kind">;

  constructor(registry: Registry) {
    const registers = [registry];
    const counted = { ...trackerCounts };
    for (const name of names) counted[name] = 0;
    const errors: Counter<"outcome"> = new Counter({
      name: "error_events_total",
      help: "Events for the error tracker by what became of them",
      labelNames: ["outcome"],
      registers,
      collect() {
        for (const outcome of names) {
          const now = trackerCounts[outcome];
          errors.inc({ outcome }, now - counted[outcome]);
          counted[outcome] = now;
        }
      },
    });
    this.#security = new Counter({
      name: "security_events_total",
      help: "What somebody who attacks or probes makes happen, each time",
      labelNames: ["kind"],
      registers,
    });
    for (const kind of securityEventKinds) this.#security.inc({ kind }, 0);
  }

  securityEvent(kind: SecurityEventKind): void {
    this.#security.inc({ kind });
  }
}
