import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { ConsoleSpanExporter, type SpanExporter, type SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { BoundedQueue } from "./bounded-queue.ts";
import { WatchedExporter } from "./export-health.ts";
import { RedactingProcessor } from "./redacting-processor.ts";
import type { ExportTarget, TelemetryConfig } from "./settings.ts";

/** What happens to a span, in this order: secrets out, then into the queue of what is sent. */
export function spanPipeline({ target, queue }: TelemetryConfig, log: Logger): SpanProcessor[] {
  const exporter = exporterFor(target);
  const processors: SpanProcessor[] = [new RedactingProcessor()];
  if (exporter) processors.push(new BoundedQueue(new WatchedExporter(exporter, log), queue));
  return processors;
}

function exporterFor(target: ExportTarget): SpanExporter | undefined {
  switch (target.kind) {
    case "otlp":
      return new OTLPTraceExporter({ url: target.url, timeoutMillis: target.timeoutMs });
    case "zipkin":
      return new ZipkinExporter({ url: target.url });
    case "console":
      return new ConsoleSpanExporter();
    case "none":
      return undefined;
  }
}
