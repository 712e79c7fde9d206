import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { mebibytes } from "../config/quantities.ts";
import { sentryTraces } from "../errors/sentry-traces.ts";
import { owned, standardLabels } from "../metadata.ts";
import { serviceHost } from "../names.ts";
import { configMap } from "../server/config-files.ts";
import { configFiles, data, scratch } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import { dataVolume } from "../server/volume.ts";
import { workloads } from "../workloads.ts";
import { jaegerConfig, sentryVariables } from "./jaeger-config.ts";

export interface TracingArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of that namespace as DNS has it. */
  readonly namespaceName: string;
  readonly image: string;
  /** How long spans are kept, as a Go duration. */
  readonly retention: string;
  readonly ordinaryShare: number;
  readonly slowMs: number;
  readonly storage: string;
  readonly memory: string;
  readonly protect: boolean;
  readonly environment: string;
  /** DSN of the Sentry project that traces are copied to; undefined: they stay here. */
  readonly sentryDsn: pulumi.Output<string> | undefined;
}

/** Jaeger: takes spans, keeps them on a volume, shows them, and makes request metrics of them. */
export class Tracing extends pulumi.ComponentResource {
  /** Base URL for OTLP over HTTP. */
  readonly otlpEndpoint: string;

  constructor(name: string, args: TracingArgs, opts: pulumi.ComponentResourceOptions) {
    const { namespace, namespaceName, retention, ordinaryShare, slowMs, storage, memory, protect, sentryDsn } = args;
    super("golive:tracing:Tracing", name, { retention, ordinaryShare, storage }, opts);
    const prometheusUrl = `http://${serviceHost("prometheus", namespaceName)}:${workloads.prometheus.ports.http}`;
    const files = {
      "jaeger.yaml": stringify(
        jaegerConfig({
          retention,
          memory,
          prometheusUrl,
          ordinaryShare,
          slowMs,
          sentryEnvironment: sentryDsn && args.environment,
        }),
      ),
    };
    const config = configMap(`${name}-config`, { namespace, name: "jaeger", component: "tracing", files }, this);
    const volume = dataVolume(
      `${name}-data`,
      { namespace, name: "jaeger", component: "tracing", storage, protect },
      this,
    );
    const health = { httpGet: { path: "/status", port: "health" } };
    new Server(
      `${name}-jaeger`,
      {
        workload: "jaeger",
        namespace,
        component: "tracing",
        image: args.image,
        args: ["--config=/etc/jaeger/jaeger.yaml"],
        env: {
          GOMEMLIMIT: `${Math.floor(mebibytes(memory) * 0.8)}MiB`,
          ...(sentryDsn === undefined ? {} : this.#sentry(name, namespace, sentryDsn)),
        },
        resources: { cpu: "100m", memory },
        mounts: [
          configFiles("config", "/etc/jaeger", config.metadata.name),
          data("data", "/data", volume.metadata.name),
          scratch("tmp", "/tmp", "64Mi"),
        ],
        probes: {
          // Badger replays its log after a hard stop.
          startupProbe: { ...health, periodSeconds: 2, failureThreshold: 150 },
          livenessProbe: { ...health, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
          readinessProbe: { ...health, periodSeconds: 5 },
        },
        servicePorts: ["otlp-grpc", "otlp-http", "zipkin", "ui", "spanmetrics", "metrics", "health"],
      },
      { parent: this },
    );
    this.otlpEndpoint = `http://${serviceHost("jaeger", namespaceName)}:${workloads.jaeger.ports["otlp-http"]}`;
    this.registerOutputs({ otlpEndpoint: this.otlpEndpoint });
  }

  /** Where a copy of the traces goes. The key is in a Secret, because whoever has it can send. */
  #sentry(name: string, namespace: pulumi.Input<string>, dsn: pulumi.Output<string>) {
    const secret = new k8s.core.v1.Secret(
      `${name}-sentry`,
      {
        metadata: owned({ name: "jaeger-sentry", namespace, labels: standardLabels("jaeger-sentry", "tracing") }),
        stringData: dsn.apply(sentryTraces),
      },
      { parent: this },
    );
    const from = (key: string) => ({ secretKeyRef: { name: secret.metadata.name, key } });
    return { [sentryVariables.endpoint]: from("endpoint"), [sentryVariables.auth]: from("auth") };
  }
}
