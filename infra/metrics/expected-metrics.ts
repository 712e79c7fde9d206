import type { WorkloadName } from "../workloads.ts";

export interface ExpectedMetric {
  /** Exports it; its scrape job has the same name. */
  readonly workload: WorkloadName;
  /** Values of labels that the rules ask for; each must exist as a zero from the start. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** What the rules read of the gateway beyond its requests, its process and its connections to the database. */
export const expectedMetrics = {
  rate_limit_store_up: { workload: "gateway" },
  rate_limit_decisions_total: {
    workload: "gateway",
    labels: { decision: ["limited"], mode: ["degraded", "dry-run"] },
  },
  circuit_breaker_state: { workload: "gateway" },
  http_client_request_duration_seconds: {
    workload: "gateway",
    labels: { outcome: ["failed", "unreachable", "timeout", "cut"] },
  },
  otel_spans_dropped_total: { workload: "gateway" },
  error_events_total: { workload: "gateway", labels: { outcome: ["failed", "dropped"] } },
  pipeline_runs_active: { workload: "gateway" },
  pipeline_runs_total: { workload: "gateway", labels: { status: ["succeeded", "failed", "cancelled"] } },
  security_events_total: { workload: "gateway", labels: { kind: ["authentication-failure"] } },
  jwks_fetches_total: { workload: "gateway", labels: { outcome: ["ok", "failed"] } },
} as const satisfies Readonly<Record<string, ExpectedMetric>>;
