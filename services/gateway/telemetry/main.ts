import { DiagLogLevel, diag } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ExpressInstrumentation } from "@opentelemetry/instrumentation-express";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { IORedisInstrumentation } from "@opentelemetry/instrumentation-ioredis";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor, type SpanProcessor } from "@opentelemetry/sdk-trace";
import { DiagToLog } from "./diag-to-log.ts";
import { WatchedExporter } from "./export-health.ts";
import { serviceIdentity } from "./identity.ts";
import { log } from "./log.ts";
import { RedactingProcessor } from "./redacting-processor.ts";
import { decideByRatio, samplerOfTheRest } from "./sample-first.ts";
import { setTelemetry } from "./state.ts";
import { traceRatio } from "./trace-ratio.ts";

// Unset, the SDK would send metrics and logs to localhost:4318, and process arguments and host details with every export.
process.env.OTEL_LOGS_EXPORTER ??= "none";
process.env.OTEL_METRICS_EXPORTER ??= "none";
process.env.OTEL_NODE_RESOURCE_DETECTORS ??= "env,serviceinstance";

diag.setLogger(new DiagToLog(log), DiagLogLevel.WARN);

const identity = serviceIdentity(process.env);
const ratio = traceRatio(process.env.TRACE_RATIO);

const spanProcessors: SpanProcessor[] = [new RedactingProcessor()];
if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT || process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) {
  const exporter = new WatchedExporter(new OTLPTraceExporter({ timeoutMillis: 3000 }), log);
  // The standard variable; the processor itself reads no environment.
  const scheduledDelayMillis = Number(process.env.OTEL_BSP_SCHEDULE_DELAY || 5000);
  spanProcessors.push(new BatchSpanProcessor({ exporter, maxQueueSize: 4096, scheduledDelayMillis }));
}

// Error tracking joins here: Sentry.init() without `tracesSampleRate`, with openTelemetryIntegration(), before sdk.start().
const sdk = new NodeSDK({
  serviceName: identity.name,
  resource: defaultResource().merge(
    resourceFromAttributes({
      "deployment.environment.name": identity.environment,
      "service.version": identity.version,
    }),
  ),
  sampler: samplerOfTheRest(ratio),
  spanProcessors,
  instrumentations: [
    new HttpInstrumentation({}),
    // One span a request is enough; a span for each middleware costs more than it tells. `http.route` is set all the same.
    new ExpressInstrumentation({ ignoreLayersType: ["middleware", "router", "request_handler"] as never }),
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
    new UndiciInstrumentation({ requireParentforSpans: true }),
  ],
});
sdk.start();
// The caller's sampled flag is not trusted: this is a public edge, and whoever sets the flag would decide our export rate.
setTelemetry({ decide: decideByRatio(ratio), shutdown: () => sdk.shutdown() });
