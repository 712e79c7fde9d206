import { TraceFlags } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from "@opentelemetry/sdk-trace";
import { exportHealth } from "./export-health.ts";
import type { TelemetryConfig } from "./settings.ts";

/**
 * The batch processor with a queue that can be watched: it drops the newest spans as well when its own queue is full, but says so
 * only in a message.
 */
export class BoundedQueue implements SpanProcessor {
  readonly #batches: BatchSpanProcessor;
  readonly #size: number;
  #ended = false;

  constructor(exporter: SpanExporter, { size, batchSize, delayMs, exportTimeoutMs }: TelemetryConfig["queue"]) {
    this.#size = size;
    this.#batches = new BatchSpanProcessor({
      exporter: leaving(exporter),
      maxQueueSize: size,
      maxExportBatchSize: batchSize,
      scheduledDelayMillis: delayMs,
      exportTimeoutMillis: exportTimeoutMs,
    });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#ended || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (exportHealth.waitingSpans >= this.#size) {
      exportHealth.droppedSpans += 1;
      return;
    }
    exportHealth.waitingSpans += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    this.#ended = true;
    return this.#batches.shutdown();
  }
}

/** Spans leave the queue when a batch is handed to the exporter. */
function leaving(exporter: SpanExporter): SpanExporter {
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      exportHealth.waitingSpans -= spans.length;
      exporter.export(spans, done);
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
