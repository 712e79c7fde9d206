import { mebibytes } from "../config/quantities.ts";
import { workloads } from "../workloads.ts";

export interface JaegerConfigArgs {
  /** How long spans are kept, as a Go duration. */
  readonly retention: string;
  /** Memory limit of the container. */
  readonly memory: string;
  /** Base URL of the Prometheus that scrapes the span metrics. */
  readonly prometheusUrl: string;
}

const { ports } = workloads.jaeger;
/** Every endpoint of Jaeger listens on localhost unless told otherwise; probes and Services would find nothing. */
const everywhere = (port: number) => `0.0.0.0:${port}`;

/** Jaeger v2 as collector, trace store and query service in one: it is an OpenTelemetry collector with storage. */
export function jaegerConfig({ retention, memory, prometheusUrl }: JaegerConfigArgs): Record<string, unknown> {
  return {
    service: {
      extensions: ["jaeger_storage", "jaeger_query", "healthcheckv2"],
      pipelines: {
        traces: {
          receivers: ["otlp", "zipkin"],
          processors: ["memory_limiter", "batch"],
          exporters: ["jaeger_storage_exporter", "spanmetrics"],
        },
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
    },
    connectors: { spanmetrics: { metrics_flush_interval: "15s", exemplars: { enabled: true } } },
    exporters: {
      jaeger_storage_exporter: { trace_storage: "spans" },
      prometheus: { endpoint: everywhere(ports.spanmetrics), enable_open_metrics: true },
    },
  };
}

/** Hard limit at 75 % of the container's, soft limit a fifth below it. */
function memoryLimits(memory: string): Record<string, unknown> {
  const limit = Math.floor(mebibytes(memory) * 0.75);
  return { check_interval: "1s", limit_mib: limit, spike_limit_mib: Math.floor(limit * 0.2) };
}
