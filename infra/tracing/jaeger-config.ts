import { mebibytes } from "../config/quantities.ts";
import { workloads } from "../workloads.ts";

export interface JaegerConfigArgs {
  /** How long spans are kept, as a Go duration. */
  readonly retention: string;
  /** Memory limit of the container. */
  readonly memory: string;
  /** Base URL of the Prometheus that scrapes the span metrics. */
  readonly prometheusUrl: string;
  /** Share of ordinary traces that is stored, 0–1; those with an error or of `slowMs` and more are stored in any case. */
  readonly ordinaryShare: number;
  readonly slowMs: number;
  /** Spans go to Sentry as well, by what `sentryVariables` names, as of this environment; undefined: they stay here. */
  readonly sentryEnvironment: string | undefined;
}

/**
 * Environment of the container when spans go to Sentry: its OTLP endpoint, and the value of the header X-Sentry-Auth. The public
 * key in it is no secret to Sentry; here it is kept like one, because whoever has it can send.
 */
export const sentryVariables = { endpoint: "SENTRY_OTLP_ENDPOINT", auth: "SENTRY_OTLP_AUTH" } as const;

/** A trace is judged this long after its first span: longer than any request may take at the gateway, so that its end is there. */
const decisionSeconds = 35;
/** Bytes that a trace waiting for its judgement takes, generously: a request with a handful of queries. */
const traceBytes = 20_000;

const { ports } = workloads.jaeger;
/** Every endpoint of Jaeger listens on localhost unless told otherwise; probes and Services would find nothing. */
const everywhere = (port: number) => `0.0.0.0:${port}`;

/** Jaeger v2 as collector, trace store and query service in one: it is an OpenTelemetry collector with storage. */
export function jaegerConfig(args: JaegerConfigArgs): Record<string, unknown> {
  const { retention, memory, prometheusUrl, ordinaryShare, sentryEnvironment } = args;
  const sentry = sentryEnvironment !== undefined;
  const judged = ordinaryShare < 1;
  const stores = ["jaeger_storage_exporter", ...(sentry ? ["forward/sentry"] : [])];
  return {
    service: {
      extensions: ["jaeger_storage", "jaeger_query", "healthcheckv2"],
      pipelines: {
        // Metrics are made of everything that arrives; only what is stored is chosen.
        traces: {
          receivers: ["otlp", "zipkin"],
          processors: ["memory_limiter", "batch"],
          exporters: ["spanmetrics", ...(judged ? ["forward"] : stores)],
        },
        ...(judged
          ? { "traces/stored": { receivers: ["forward"], processors: ["tail_sampling", "batch"], exporters: stores } }
          : {}),
        ...(sentry
          ? {
              "traces/sentry": {
                receivers: ["forward/sentry"],
                processors: ["attributes/sentry", "batch"],
                exporters: ["otlphttp/sentry"],
              },
            }
          : {}),
        "metrics/spanmetrics": { receivers: ["spanmetrics"], exporters: ["prometheus"] },
      },
      telemetry: {
        resource: { "service.name": "jaeger" },
        metrics: {
          level: "detailed",
          readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: ports.metrics } } } }],
        },
        logs: { level: "info", encoding: "json" },
      },
    },
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: everywhere(ports.health) } },
      jaeger_query: {
        storage: { traces: "spans", metrics: "span_metrics" },
        http: { endpoint: everywhere(ports.ui) },
        // Nothing speaks gRPC to the query service; it stays inside the pod.
        grpc: { endpoint: "127.0.0.1:16685" },
      },
      jaeger_storage: {
        backends: {
          spans: {
            badger: {
              directories: { keys: "/data/keys", values: "/data/values" },
              ephemeral: false,
              ttl: { spans: retention },
            },
          },
        },
        metric_backends: {
          // The names that the connector below gives its series, once Prometheus' suffixes are on them.
          span_metrics: { prometheus: { endpoint: prometheusUrl, normalize_calls: true, normalize_duration: true } },
        },
      },
    },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: everywhere(ports["otlp-grpc"]) },
          http: { endpoint: everywhere(ports["otlp-http"]) },
        },
      },
      zipkin: { endpoint: everywhere(ports.zipkin) },
    },
    processors: {
      // Refuses spans before the kernel kills the process; senders see it and try again.
      memory_limiter: memoryLimits(memory),
      batch: { timeout: "1s" },
      ...(judged ? { tail_sampling: tailSampling(args) } : {}),
      // Monitors of Sentry ask for an environment, which it looks for under this name.
      ...(sentry
        ? {
            "attributes/sentry": {
              actions: [{ key: "sentry.environment", value: sentryEnvironment, action: "upsert" }],
            },
          }
        : {}),
    },
    connectors: {
      spanmetrics: { metrics_flush_interval: "15s", exemplars: { enabled: true } },
      ...(judged ? { forward: {} } : {}),
      ...(sentry ? { "forward/sentry": {} } : {}),
    },
    exporters: {
      jaeger_storage_exporter: { trace_storage: "spans" },
      ...(sentry
        ? {
            "otlphttp/sentry": {
              traces_endpoint: `\${env:${sentryVariables.endpoint}}`,
              headers: { "x-sentry-auth": `\${env:${sentryVariables.auth}}` },
              // Sentry away: spans wait in memory for a minute and are dropped then; Jaeger's own storage never waits for it.
              retry_on_failure: { max_elapsed_time: "60s" },
              sending_queue: { queue_size: 200 },
            },
          }
        : {}),
      prometheus: { endpoint: everywhere(ports.spanmetrics), enable_open_metrics: true },
    },
  };
}

/** Judges whole traces. The policies are alternatives: one that says yes is enough. */
function tailSampling({ memory, ordinaryShare, slowMs }: JaegerConfigArgs): Record<string, unknown> {
  return {
    decision_wait: `${decisionSeconds}s`,
    // A quarter of the memory; when more traces wait than that, the oldest is judged by what is there of it.
    num_traces: Math.floor((mebibytes(memory) * 1024 ** 2) / 4 / traceBytes),
    // A span that comes after its trace was judged shares its fate.
    decision_cache: { sampled_cache_size: 50_000, non_sampled_cache_size: 50_000 },
    policies: [
      { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } },
      { name: "slow", type: "latency", latency: { threshold_ms: slowMs } },
      {
        name: "ordinary",
        type: "probabilistic",
        probabilistic: { sampling_percentage: Math.round(ordinaryShare * 10_000) / 100 },
      },
    ],
  };
}

/** Hard limit at 75 % of the container's, soft limit a fifth below it. */
function memoryLimits(memory: string): Record<string, unknown> {
  const limit = Math.floor(mebibytes(memory) * 0.75);
  return { check_interval: "1s", limit_mib: limit, spike_limit_mib: Math.floor(limit * 0.2) };
}
