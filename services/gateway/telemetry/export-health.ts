import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";

const quietMs = 60_000;

/** Spans lost on their way out since start; read by the metrics. */
export const exportHealth = { failedSpans: 0 };

/** Counts and, once a minute, logs what the exporter could not deliver; by itself it fails without a word. */
export class WatchedExporter implements SpanExporter {
  readonly #inner: SpanExporter;
  readonly #log: Logger;
  #silentUntil = 0;

  constructor(inner: SpanExporter, log: Logger) {
    this.#inner = inner;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#inner.export(spans, (result) => {
      if (result.code !== ExportResultCode.SUCCESS) this.#failed(spans.length, result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }

  #failed(count: number, error: Error | undefined): void {
    exportHealth.failedSpans += count;
    const now = performance.now();
    if (now < this.#silentUntil) return;
    this.#silentUntil = now + quietMs;
    this.#log.warn({ err: error, spans: count }, "spans could not be exported; requests are not affected");
  }
}
