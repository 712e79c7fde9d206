import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "@prometheus-io/client";
import { exportHealth } from "./export-health.ts";
import type { ServiceIdentity } from "./identity.ts";
import { isSampled, type TraceIds } from "./trace-ids.ts";

type RequestLabel = "http_request_method" | "http_route" | "http_response_status_code";

/** Connections of the pool at one moment. */
export interface PoolCounts {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
}

export interface RequestFacts {
  readonly method: string;
  /** Of the table of operations, or `unmatched`. */
  readonly route: string;
  readonly status: number;
}

/** From OpenTelemetry's semantic conventions for HTTP servers, in seconds. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Statuses that must exist as a zero from the start: a rate over a series that is born with its first error misses that error. */
const initialStatuses = [500, 503] as const;

/** Everything the gateway tells Prometheus. The histogram counts every request; sampled spans never feed a rate. */
export class Metrics {
  readonly registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  readonly #duration: Histogram<RequestLabel>;
  readonly #active: Gauge;

  constructor(identity: ServiceIdentity, pool: () => PoolCounts) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#duration = new Histogram({
      name: "http_server_request_duration_seconds",
      help: "Time from the request's first byte to the response's last, or to the head of a stream",
      labelNames: ["http_request_method", "http_route", "http_response_status_code"],
      buckets: durationBuckets,
      enableExemplars: true,
      registers,
    });
    this.#active = new Gauge({ name: "http_server_active_requests", help: "Requests in flight", registers });
    new Gauge({
      name: "gateway_build_info",
      help: "Always 1; the labels tell what runs",
      labelNames: ["version", "environment", "node_version"],
      registers,
    }).set({ version: identity.version, environment: identity.environment, node_version: process.version }, 1);
    this.#watchPool(pool);
    this.#watchExports();
  }

  /** Makes the error series of an operation exist before its first error. */
  expectOperation(method: string, route: string): void {
    for (const status of initialStatuses) this.#duration.zero(labels({ method, route, status }));
  }

  requestStarted(): void {
    this.#active.inc();
  }

  requestEnded(facts: RequestFacts, seconds: number, ids: TraceIds | undefined): void {
    this.#active.dec();
    const observed = { labels: labels(facts), value: seconds };
    // An exemplar is a link, and an unsampled trace is nowhere to be found.
    const exemplarLabels: Record<string, string> =
      ids && isSampled(ids) ? { trace_id: ids.trace_id, span_id: ids.span_id } : {};
    this.#duration.observe({ ...observed, exemplarLabels });
  }

  #watchPool(pool: () => PoolCounts): void {
    new Gauge({
      name: "db_client_connection_count",
      help: "Database connections of this replica by state",
      labelNames: ["state"],
      registers: [this.registry],
      collect() {
        const { total, idle } = pool();
        this.set({ state: "idle" }, idle);
        this.set({ state: "used" }, total - idle);
      },
    });
    new Gauge({
      name: "db_client_connection_max",
      help: "Most database connections this replica opens",
      registers: [this.registry],
      collect() {
        this.set(pool().max);
      },
    });
    new Gauge({
      name: "db_client_connection_pending_requests",
      help: "Requests that wait for a database connection",
      registers: [this.registry],
      collect() {
        this.set(pool().waiting);
      },
    });
  }

  #watchExports(): void {
    const registers = [this.registry];
    counterOf("otel_export_failed_spans_total", "Spans that could not be delivered to the collector", registers, () => {
      return exportHealth.failedSpans;
    });
    counterOf("otel_spans_dropped_total", "Spans that found the queue to the collector full", registers, () => {
      return exportHealth.droppedSpans;
    });
    new Gauge({
      name: "otel_span_queue_size",
      help: "Spans that wait for the collector",
      registers,
      collect() {
        this.set(exportHealth.waitingSpans);
      },
    });
  }
}

/** A counter of what is counted elsewhere, before there is a registry. */
function counterOf(name: string, help: string, registers: Registry[], total: () => number): void {
  let counted = 0;
  new Counter({
    name,
    help,
    registers,
    collect() {
      const now = total();
      this.inc(now - counted);
      counted = now;
    },
  });
}

function labels(facts: RequestFacts): Record<RequestLabel, string> {
  return {
    http_request_method: knownMethods.has(facts.method) ? facts.method : "_OTHER",
    http_route: facts.route,
    http_response_status_code: String(facts.status),
  };
}
