import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { owned, standardLabels } from "../metadata.ts";
import type { NamespaceNames } from "../names.ts";
import type { Namespaces } from "../namespaces/namespaces.ts";
import { configMap } from "../server/config-files.ts";
import { configFiles, data, scratch } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import { dataVolume } from "../server/volume.ts";
import { workloads } from "../workloads.ts";
import type { AlertReceivers } from "./alert-receivers.ts";
import { alertmanagerServer } from "./alertmanager-server.ts";
import { prometheusConfig } from "./prometheus-config.ts";
import { ruleFile } from "./rules.ts";
import { scrapedNamespaces } from "./targets.ts";

export interface MetricsArgs {
  readonly namespaces: Namespaces;
  readonly names: NamespaceNames;
  readonly environment: string;
  readonly images: { readonly prometheus: string; readonly alertmanager: string; readonly alertLog: string };
  readonly retention: string;
  readonly retentionSize: string;
  readonly storage: string;
  readonly memory: string;
  readonly scrapeInterval: string;
  readonly protect: boolean;
  /** Who is told of alerts. @default nobody but the alert log */
  readonly told?: AlertReceivers | undefined;
  /** Start of the runbooks' addresses. @default none: alerts carry the name of their page alone */
  readonly runbooksUrl?: string | undefined;
}

/** Prometheus with its rules, Alertmanager with its routes, and the log that alerts end in. */
export class Metrics extends pulumi.ComponentResource {
  readonly prometheusUrl: string;

  constructor(name: string, args: MetricsArgs, opts: pulumi.ComponentResourceOptions) {
    const { retention, retentionSize, storage, scrapeInterval } = args;
    super("golive:metrics:Metrics", name, { retention, retentionSize, storage, scrapeInterval }, opts);
    const alertLog = alertLogServer(name, args, this);
    const alertmanager = alertmanagerServer(
      name,
      {
        namespace: args.namespaces.names.observability,
        namespaceName: args.names.observability,
        image: args.images.alertmanager,
        protect: args.protect,
        told: args.told,
      },
      this,
      alertLog,
    );
    const prometheus = prometheusServer(name, args, this, alertmanager);
    podReaders(name, args, prometheus, this);
    this.prometheusUrl = `http://prometheus.${args.names.observability}:${workloads.prometheus.ports.http}`;
    this.registerOutputs({ prometheusUrl: this.prometheusUrl });
  }
}

function prometheusServer(name: string, args: MetricsArgs, parent: Metrics, alertmanager: Server): Server {
  const namespace = args.namespaces.names.observability;
  const files = {
    "prometheus.yaml": stringify(prometheusConfig({ ...args, namespaces: args.names })),
    "rules.yaml": stringify(ruleFile({ runbooksUrl: args.runbooksUrl })),
  };
  const config = configMap(
    `${name}-prometheus-config`,
    { namespace, name: "prometheus", component: "metrics", files },
    parent,
  );
  const volume = dataVolume(
    `${name}-prometheus-data`,
    { namespace, name: "prometheus", component: "metrics", storage: args.storage, protect: args.protect },
    parent,
  );
  return new Server(
    `${name}-prometheus`,
    {
      workload: "prometheus",
      namespace,
      component: "metrics",
      image: args.images.prometheus,
      args: [
        "--config.file=/etc/prometheus/prometheus.yaml",
        "--storage.tsdb.path=/data/tsdb",
        "--web.listen-address=0.0.0.0:9090",
        "--enable-feature=exemplar-storage",
        "--log.format=json",
      ],
      resources: { cpu: "100m", memory: args.memory },
      mounts: [
        configFiles("config", "/etc/prometheus", config.metadata.name),
        data("data", "/data", volume.metadata.name),
        scratch("tmp", "/tmp", "64Mi"),
      ],
      probes: {
        // The write-ahead log is replayed first.
        startupProbe: { httpGet: { path: "/-/ready", port: "http" }, periodSeconds: 2, failureThreshold: 300 },
        livenessProbe: {
          httpGet: { path: "/-/healthy", port: "http" },
          periodSeconds: 20,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        readinessProbe: { httpGet: { path: "/-/ready", port: "http" }, periodSeconds: 5 },
      },
      servicePorts: ["http"],
      apiToken: true,
      // Writes its head block out.
      graceSeconds: 120,
    },
    { parent, dependsOn: [alertmanager] },
  );
}

/** Prometheus may list and watch pods of the scraped namespaces, and nothing else. */
function podReaders(name: string, args: MetricsArgs, prometheus: Server, parent: Metrics): void {
  for (const key of scrapedNamespaces) {
    const metadata = owned({
      name: "prometheus-pods",
      namespace: args.namespaces.names[key],
      labels: standardLabels("prometheus-pods", "metrics"),
    });
    const role = new k8s.rbac.v1.Role(
      `${name}-${key}-pods`,
      { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }] },
      { parent },
    );
    new k8s.rbac.v1.RoleBinding(
      `${name}-${key}-pods`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [
          {
            kind: "ServiceAccount",
            name: prometheus.account.metadata.name,
            namespace: args.namespaces.names.observability,
          },
        ],
      },
      { parent },
    );
  }
}

function alertLogServer(name: string, args: MetricsArgs, parent: Metrics): Server {
  const health = { httpGet: { path: "/", port: "http" } };
  return new Server(
    `${name}-alert-log`,
    {
      workload: "alert-log",
      namespace: args.namespaces.names.observability,
      component: "alerts",
      image: args.images.alertLog,
      env: { PORT: String(workloads["alert-log"].ports.http) },
      resources: { cpu: "10m", memory: "96Mi" },
      probes: {
        livenessProbe: { ...health, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 6 },
        readinessProbe: { ...health, periodSeconds: 10 },
      },
      servicePorts: ["http"],
    },
    { parent },
  );
}
