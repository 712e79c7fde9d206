import type { NamespaceKey } from "./names.ts";

/**
 * Every workload: where it lives, how its pods are found, which ports it opens.
 * Components, network edges, scrape targets, published ports and policies all read this table.
 */
export interface Workload {
  readonly namespace: NamespaceKey;
  /** Labels that select its pods and no others. */
  readonly selector: Readonly<Record<string, string>>;
  /** Container ports by their Kubernetes port name (at most 15 characters). */
  readonly ports: Readonly<Record<string, number>>;
}

const named = (name: string) => ({ "app.kubernetes.io/name": name });

export const workloads = {
  gateway: { namespace: "app", selector: named("gateway"), ports: { http: 8000, metrics: 9464 } },
  // The operator labels instances and their init and join jobs alike with the cluster's name.
  postgres: {
    namespace: "app",
    selector: { "cnpg.io/cluster": "postgres" },
    ports: { postgresql: 5432, status: 8000, metrics: 9187 },
  },
  // Recovered from the archive to a moment of the past, until it has been copied from. Never the live one's labels: the
  // operator's Services find the primary by them.
  "postgres-recovery": {
    namespace: "app",
    selector: { "golive.dev/point-in-time": "recovery" },
    ports: { postgresql: 5432, status: 8000 },
  },
  // The same for a drill, until it has been compared.
  "postgres-drill": {
    namespace: "app",
    selector: { "golive.dev/point-in-time": "drill" },
    ports: { postgresql: 5432, status: 8000 },
  },
  valkey: { namespace: "app", selector: named("valkey"), ports: { valkey: 6379 } },
  // Jobs of the backups by what they reach: database and store, the store alone, and the drill, which is shut off.
  backup: { namespace: "app", selector: named("backup"), ports: {} },
  "backup-care": { namespace: "app", selector: named("backup-care"), ports: {} },
  "backup-drill": { namespace: "app", selector: named("backup-drill"), ports: {} },
  // Runs nothing of what it drills: that does the operator, in pods of its own.
  "backup-drill-point-in-time": { namespace: "app", selector: named("backup-drill-point-in-time"), ports: {} },
  "backup-monitor": { namespace: "app", selector: named("backup-monitor"), ports: { metrics: 9465 } },
  "object-store": { namespace: "storage", selector: named("object-store"), ports: { s3: 7070 } },
  bucket: { namespace: "storage", selector: named("bucket"), ports: {} },
  jaeger: {
    namespace: "observability",
    selector: named("jaeger"),
    ports: {
      "otlp-grpc": 4317,
      "otlp-http": 4318,
      zipkin: 9411,
      ui: 16686,
      spanmetrics: 8889,
      metrics: 8888,
      health: 13133,
    },
  },
  prometheus: { namespace: "observability", selector: named("prometheus"), ports: { http: 9090 } },
  alertmanager: { namespace: "observability", selector: named("alertmanager"), ports: { http: 9093 } },
  bugsink: { namespace: "observability", selector: named("bugsink"), ports: { http: 8001 } },
  runbooks: { namespace: "observability", selector: named("runbooks"), ports: { http: 3000 } },
  "alert-log": { namespace: "observability", selector: named("alert-log"), ports: { http: 8080 } },
  "postgres-operator": {
    namespace: "operator",
    selector: named("cloudnative-pg"),
    ports: { webhook: 9443, metrics: 8080 },
  },
  "barman-plugin": { namespace: "operator", selector: named("barman-plugin"), ports: { grpc: 9090, health: 8081 } },
} as const satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof workloads;
