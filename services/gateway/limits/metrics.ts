import { Counter, Gauge, Histogram, type Registry } from "@prometheus-io/client";
import { type PolicyName, policyNames } from "./policies.ts";

/** `error`: nobody could count, and the policy does not go on uncounted. */
export const outcomes = ["allowed", "limited", "error"] as const;
export type Outcome = (typeof outcomes)[number];

/** `degraded`: without the shared count. A policy on trial is `dry-run` whatever the store does: its decisions refuse nobody. */
export const decisionModes = ["enforce", "degraded", "dry-run"] as const;
export type DecisionMode = (typeof decisionModes)[number];

export interface DecisionFacts {
  readonly policy: PolicyName;
  readonly decision: Outcome;
  readonly mode: DecisionMode;
}

/** In seconds. The store is one hop away and answers in fractions of a millisecond; beyond the time-out nobody waits. */
const storeBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/** What Prometheus learns of the limits. No label says who was limited. */
export class LimitsMetrics {
  readonly #decisions: Counter<keyof DecisionFacts>;
  readonly #store: Histogram<"outcome">;
  #takesWrites: () => Promise<boolean> = () => Promise.resolve(false);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#decisions = new Counter({
      name: "rate_limit_decisions_total",
      help: "Decisions of the rate limits",
      labelNames: ["policy", "decision", "mode"],
      registers,
    });
    for (const policy of policyNames) {
      for (const decision of outcomes) {
        for (const mode of decisionModes) this.#decisions.inc({ policy, decision, mode }, 0);
      }
    }
    this.#store = new Histogram({
      name: "rate_limit_store_duration_seconds",
      help: "Time that requests waited for the shared store of the rate limits",
      labelNames: ["outcome"],
      buckets: storeBuckets,
      registers,
    });
    for (const outcome of ["answered", "failed"]) this.#store.zero({ outcome });
    const takesWrites = () => this.#takesWrites();
    new Gauge({
      name: "rate_limit_store_up",
      help: "1 when the shared store took a write at the moment of the scrape",
      registers,
      async collect() {
        this.set((await takesWrites()) ? 1 : 0);
      },
    });
  }

  /** What a scrape asks. Without it the store counts as down. */
  watchStore(takesWrites: () => Promise<boolean>): void {
    this.#takesWrites = takesWrites;
  }

  decided(facts: DecisionFacts): void {
    this.#decisions.inc({ ...facts });
  }

  storeAsked(outcome: "answered" | "failed", seconds: number): void {
    this.#store.observe({ outcome }, seconds);
  }
}
