import { Counter, Gauge, Histogram, type Registry } from "@prometheus-io/client";
import { isSampled, traceIds } from "../telemetry/trace-ids.ts";

/** How a run can be over. */
export type RunEnd = "succeeded" | "failed" | "cancelled";

const ends: readonly RunEnd[] = ["succeeded", "failed", "cancelled"];

/** From a failed checkout to an hour of tests, in seconds. */
const durationBuckets = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

export class RunMetrics {
  readonly #ended: Counter<"status">;
  readonly #duration: Histogram<string>;
  readonly #active: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#ended = new Counter({
      name: "pipeline_runs_total",
      help: "Pipeline runs that are over, by how they ended",
      labelNames: ["status"],
      registers,
    });
    for (const status of ends) this.#ended.inc({ status }, 0);
    this.#duration = new Histogram({
      name: "pipeline_run_duration_seconds",
      help: "Time that an executor spent on a pipeline run, by its monotonic clock",
      buckets: durationBuckets,
      enableExemplars: true,
      registers,
    });
    this.#active = new Gauge({
      name: "pipeline_runs_active",
      help: "Pipeline runs that this replica executes",
      registers,
    });
  }

  started(): void {
    this.#active.inc();
  }

  /** An executor is done with a run, whatever became of it. */
  left(): void {
    this.#active.dec();
  }

  /** Inside the run's span, whose trace becomes the exemplar. */
  executed(status: RunEnd, seconds: number): void {
    this.#ended.inc({ status });
    const ids = traceIds();
    // An exemplar is a link, and an unsampled trace is nowhere to be found.
    const exemplarLabels: Record<string, string> =
      ids && isSampled(ids) ? { trace_id: ids.trace_id, span_id: ids.span_id } : {};
    this.#duration.observe({ labels: {}, value: seconds, exemplarLabels });
  }

  /** Runs that nobody executed to their end: cancelled while they waited, or given up by a crash. */
  ended(status: RunEnd, count: number): void {
    this.#ended.inc({ status }, count);
  }
}
