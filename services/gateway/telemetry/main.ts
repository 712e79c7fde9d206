import type { RequestOptions } from "node:http";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { ExpressInstrumentation, ExpressLayerType } from "@opentelemetry/instrumentation-express";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { IORedisInstrumentation } from "@opentelemetry/instrumentation-ioredis";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { PrismaInstrumentation } from "@prisma/instrumentation";
import { startTracker } from "../tracker/start-tracker.ts";
import { DiagToLog } from "./diag-to-log.ts";
import { EdgePropagator } from "./edge-propagator.ts";
import { EmitterContextManager } from "./emitter-context.ts";
import { serviceIdentity } from "./identity.ts";
import { log, onWarning } from "./log.ts";
import type { PreloadSettings } from "./preload-settings.ts";
import { decideByRatio, samplerOfTheRest, unsampledIds } from "./sample-first.ts";
import type { TelemetryConfig } from "./settings.ts";
import { spanPipeline } from "./span-pipeline.ts";
import { setTelemetry } from "./state.ts";

/** Error tracking before tracing: both look at requests, and the tracker has to be there for what goes wrong with the tracing. */
export async function start({ telemetry, tracker: trackerSettings }: PreloadSettings): Promise<void> {
  const identity = serviceIdentity(process.env);
  const tracker = await startTracker({ ...trackerSettings, identity }, log);
  onWarning((message, level) => tracker.breadcrumb("log", message, { level }));
  if (!telemetry.enabled) {
    setTelemetry({ enabled: false, tracker, decide: () => undefined, shutdown: () => Promise.resolve() });
    return;
  }
  const sdk = startTracing(telemetry);
  const { target, ratio } = telemetry;
  log.info({ exporter: target.kind, ratio, error_tracker: tracker.isConnected }, "telemetry is on");
  // The caller's sampled flag is not trusted: this is a public edge, and whoever sets the flag would decide our export rate.
  setTelemetry({ enabled: true, tracker, decide: decideByRatio(ratio), shutdown: () => sdk.shutdown() });
}

/** A request that is not sampled and carries its trace already: a span would be thrown away, and there is nothing to add. */
const isToldAlready = ({ headers }: RequestOptions): boolean =>
  unsampledIds() !== undefined && headers !== undefined && "traceparent" in headers;

function startTracing(settings: TelemetryConfig): NodeSDK {
  // Unset, the SDK would send metrics and logs to localhost:4318, and process arguments and host details with every export.
  process.env.OTEL_LOGS_EXPORTER ??= "none";
  process.env.OTEL_METRICS_EXPORTER ??= "none";
  process.env.OTEL_NODE_RESOURCE_DETECTORS ??= "env,serviceinstance";
  diag.setLogger(new DiagToLog(log), DiagLogLevel.WARN);

  const { version, environment } = serviceIdentity(process.env);
  const sdk = new NodeSDK({
    serviceName: settings.serviceName,
    resource: defaultResource().merge(
      resourceFromAttributes({ "deployment.environment.name": environment, "service.version": version }),
    ),
    sampler: samplerOfTheRest(settings.ratio),
    contextManager: new EmitterContextManager(),
    spanProcessors: spanPipeline(settings, log),
    textMapPropagator: new EdgePropagator(settings),
    instrumentations: [
      new HttpInstrumentation({ ignoreOutgoingRequestHook: isToldAlready }),
      // One span a request is enough; a span for each middleware costs more than it tells. `http.route` is set all the same.
      new ExpressInstrumentation({
        ignoreLayersType: [ExpressLayerType.MIDDLEWARE, ExpressLayerType.ROUTER, ExpressLayerType.REQUEST_HANDLER],
      }),
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
      new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
      new UndiciInstrumentation({ requireParentforSpans: true }),
      new PrismaInstrumentation({ ignoreSpanTypes: [/compile/, /serialize/, /connect/] }),
    ],
  });
  sdk.start();
  return sdk;
}
