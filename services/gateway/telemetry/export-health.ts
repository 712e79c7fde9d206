import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";

const quietMs = 60_000;

/** More than the batches of a full queue at a flush. An exporter that never comes back would otherwise be given span after span. */
const maxPending = 16;

/** What became of spans since start, and how many wait now; read by the metrics. */
export const exportHealth = { failedSpans: 0, droppedSpans: 0, waitingSpans: 0 };

/** Counts and, once a minute, logs what the exporter could not deliver; by itself it fails without a word. */
export class WatchedExporter implements SpanExporter {
  readonly #inner: SpanExporter;
  readonly #log: Logger;
  #pending = 0;
  #silentUntil = 0;

  constructor(inner: SpanExporter, log: Logger) {
    this.#inner = inner;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const finish = (result: ExportResult) => {
      if (result.code !== ExportResultCode.SUCCESS) this.#failed(spans.length, result.error);
      done(result);
    };
    if (this.#pending >= maxPending) {
      finish({ code: ExportResultCode.FAILED, error: new Error(`${maxPending} exports got no answer yet`) });
      return;
    }
    this.#pending += 1;
    this.#inner.export(spans, (result) => {
      this.#pending -= 1;
      finish(result);
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
