import { Counter, Gauge, Histogram, type Registry } from "@prometheus-io/client";
import { isSampled, type TraceIds } from "../telemetry/trace-ids.ts";
import type { BreakerState } from "./breaker.ts";
import { type Outcome, outcomes } from "./failure.ts";

/** As the histogram of the server's side has them, so that the two can be laid over each other; in seconds. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30];

const stateValues = { closed: 0, "half-open": 1, open: 2 } as const satisfies Record<BreakerState, number>;

/** What Prometheus learns of the services behind the gateway. Names of upstreams are of the configuration, so labels are bounded. */
export class ProxyMetrics {
  readonly #duration: Histogram<"upstream" | "outcome">;
  readonly #retries: Counter<"upstream">;
  readonly #breakers: Gauge<"upstream">;
  readonly #sockets: Gauge<"upstream">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#duration = new Histogram({
      name: "http_client_request_duration_seconds",
      help: "Time of requests to upstreams, retries included, to the last byte of the answer",
      labelNames: ["upstream", "outcome"],
      buckets: durationBuckets,
      enableExemplars: true,
      registers,
    });
    this.#retries = new Counter({
      name: "upstream_retries_total",
      help: "Requests that were sent to their upstream a second time",
      labelNames: ["upstream"],
      registers,
    });
    this.#breakers = new Gauge({
      name: "circuit_breaker_state",
      help: "0 closed, 1 half-open, 2 open: requests are refused",
      labelNames: ["upstream"],
      registers,
    });
    this.#sockets = new Gauge({
      name: "upstream_websockets",
      help: "WebSockets open through this replica",
      labelNames: ["upstream"],
      registers,
    });
  }

  /** Makes every series of an upstream exist as a zero. */
  expectUpstream(upstream: string): void {
    for (const outcome of outcomes) this.#duration.zero({ upstream, outcome });
    this.#retries.inc({ upstream }, 0);
    this.#breakers.set({ upstream }, stateValues.closed);
    this.#sockets.set({ upstream }, 0);
  }

  requestEnded(upstream: string, outcome: Outcome, seconds: number, ids: TraceIds | undefined): void {
    const exemplarLabels: Record<string, string> =
      ids && isSampled(ids) ? { trace_id: ids.trace_id, span_id: ids.span_id } : {};
    this.#duration.observe({ labels: { upstream, outcome }, value: seconds, exemplarLabels });
  }

  retried(upstream: string): void {
    this.#retries.inc({ upstream });
  }

  breakerIs(upstream: string, state: BreakerState): void {
    this.#breakers.set({ upstream }, stateValues[state]);
  }

  socketsAre(upstream: string, open: number): void {
    this.#sockets.set({ upstream }, open);
  }
}
