import { type WorkloadName, workloads } from "../workloads.ts";

/** Peers that are no workload of ours. Their addresses come from the configuration. */
export const outsiders = [
  "dns",
  "api-server",
  "clients",
  "s3",
  "channels",
  "identity",
  "sentry",
  "pod-identity",
] as const;
export type Outsider = (typeof outsiders)[number];
export type Peer = WorkloadName | Outsider;

/** An allowed connection; whatever is not here is refused in both directions. */
export interface Edge {
  readonly from: Peer;
  readonly to: Peer;
  /** TCP ports at the receiving pod, after Services are resolved. */
  readonly ports: readonly number[];
  readonly why: string;
  /** Only where this holds, or all of these; everywhere without it. */
  readonly when?: Circumstance | readonly Circumstance[];
}

/**
 * Backups go into the cluster or to AWS, into a bucket that is `managed` or not; somebody outside is told of their health
 * (`notified`) or nobody, of alerts (`alerted`) or nobody; node ports are published or not; WAL is archived (`point-in-time`) or
 * not; errors go to `bugsink`, to `sentry` or nowhere, and traces to Sentry too (`sentry-traces`) or not; tokens are verified with
 * the keys of an `identity-provider` or not.
 */
export type Circumstance =
  | "in-cluster"
  | "s3"
  | "managed"
  | "notified"
  | "alerted"
  | "published"
  | "point-in-time"
  | "bugsink"
  | "sentry"
  | "sentry-traces"
  | "identity-provider";

const { gateway, postgres, valkey, jaeger, prometheus, alertmanager, bugsink, runbooks } = workloads;
const objectStore = workloads["object-store"];
const alertLog = workloads["alert-log"];
const operator = workloads["postgres-operator"];
const backupMonitor = workloads["backup-monitor"];
const plugin = workloads["barman-plugin"];

/** API servers answer on 443 behind their Service and on 6443 on the node; policies see the address behind. */
const apiServerPorts = [443, 6443];
/** HTTPS for Slack, PagerDuty and the heartbeat; submission of mail with TLS from the first byte, or after STARTTLS. */
const channelPorts = [443, 465, 587];
const postgresPorts = [postgres.ports.postgresql];
/** DNS pods listen on 53, or on 5353 where they hold no right to low ports; policies see the pod behind the Service. */
const dnsPorts = [53, 5353];

export const edges = [
  { from: "clients", to: "gateway", ports: [gateway.ports.http], why: "the service itself" },
  { from: "gateway", to: "postgres", ports: postgresPorts, why: "its data" },
  { from: "gateway", to: "valkey", ports: [valkey.ports.valkey], why: "its cache" },
  { from: "gateway", to: "jaeger", ports: [jaeger.ports["otlp-http"]], why: "its spans" },
  { from: "gateway", to: "bugsink", ports: [bugsink.ports.http], why: "its errors", when: "bugsink" },
  { from: "gateway", to: "sentry", ports: [443], why: "its errors", when: "sentry" },
  { from: "jaeger", to: "sentry", ports: [443], why: "a copy of the traces", when: "sentry-traces" },
  {
    from: "gateway",
    to: "identity",
    ports: [443],
    why: "the keys that tokens are verified with",
    when: "identity-provider",
  },

  { from: "postgres", to: "api-server", ports: apiServerPorts, why: "instances report their state and take the lead" },
  {
    from: "postgres",
    to: "postgres",
    ports: [postgres.ports.postgresql, postgres.ports.status],
    why: "replication, and the isolation check of the primary",
  },
  {
    from: "postgres-operator",
    to: "postgres",
    ports: [postgres.ports.postgresql, postgres.ports.status],
    why: "the operator reads each instance's state and drives switchovers",
  },
  { from: "postgres-operator", to: "api-server", ports: apiServerPorts, why: "it watches and changes clusters" },
  { from: "api-server", to: "postgres-operator", ports: [operator.ports.webhook], why: "admission webhooks" },

  {
    from: "postgres-operator",
    to: "barman-plugin",
    ports: [plugin.ports.grpc],
    why: "it asks the plugin about each pod of a database",
    when: "point-in-time",
  },
  {
    from: "barman-plugin",
    to: "api-server",
    ports: apiServerPorts,
    why: "it finds archives, and lets instances read where they are",
    when: "point-in-time",
  },
  ...storeEdges("postgres", "WAL and base backups", "point-in-time"),
  ...recoveredEdges("postgres-recovery"),
  ...recoveredEdges("postgres-drill"),
  {
    from: "backup",
    to: "postgres-recovery",
    ports: postgresPorts,
    why: "what was recovered is dumped, to be restored like any backup",
    when: "point-in-time",
  },
  {
    from: "backup-drill-point-in-time",
    to: "postgres-drill",
    ports: postgresPorts,
    why: "what was recovered is compared",
    when: "point-in-time",
  },
  {
    from: "backup-drill-point-in-time",
    to: "postgres",
    ports: postgresPorts,
    why: "how far the archive of its log is",
    when: "point-in-time",
  },
  {
    from: "backup-drill-point-in-time",
    to: "api-server",
    ports: apiServerPorts,
    why: "it has a server recovered and taken away again",
    when: "point-in-time",
  },
  ...storeEdges("backup-drill-point-in-time", "the manifest that it compares with, its own record", "point-in-time"),
  {
    from: "backup-drill-point-in-time",
    to: "dns",
    ports: dnsPorts,
    why: "finds the names of its peers",
    when: "point-in-time",
  },

  { from: "backup", to: "postgres", ports: postgresPorts, why: "dump and restore" },
  { from: "backup-monitor", to: "postgres", ports: postgresPorts, why: "how far the archive of its log is" },
  { from: "backup-monitor", to: "api-server", ports: apiServerPorts, why: "whether a schedule is suspended" },
  ...storeEdges("backup", "writes and reads backups"),
  ...storeEdges("backup-care", "reads backups whole, deletes what no rule keeps"),
  ...storeEdges("backup-drill", "reads the backup that it restores"),
  ...storeEdges("backup-monitor", "how old the newest proven backup is"),
  // Never of a drill: what it restores may run code of whoever wrote the dump.
  { from: "backup", to: "channels", ports: channelPorts, why: "tells failures and recoveries", when: "notified" },
  { from: "backup-care", to: "channels", ports: channelPorts, why: "tells failures and recoveries", when: "notified" },
  { from: "backup-monitor", to: "channels", ports: [443], why: "its heartbeat", when: "notified" },
  { from: "bucket", to: "object-store", ports: [objectStore.ports.s3], why: "makes the bucket", when: "in-cluster" },

  { from: "clients", to: "jaeger", ports: [jaeger.ports.ui], why: "people look at traces", when: "published" },
  {
    from: "clients",
    to: "prometheus",
    ports: [prometheus.ports.http],
    why: "people ask for metrics",
    when: "published",
  },
  {
    from: "clients",
    to: "alertmanager",
    ports: [alertmanager.ports.http],
    why: "people silence alerts",
    when: "published",
  },
  {
    from: "clients",
    to: "bugsink",
    ports: [bugsink.ports.http],
    why: "people look at errors, and their browsers send theirs",
    when: ["published", "bugsink"],
  },
  { from: "clients", to: "runbooks", ports: [runbooks.ports.http], why: "people read what to do", when: "published" },
  {
    from: "runbooks",
    to: "prometheus",
    ports: [prometheus.ports.http],
    why: "the cards that say how backups and alerts are",
  },
  { from: "jaeger", to: "prometheus", ports: [prometheus.ports.http], why: "the monitor page reads span metrics" },
  { from: "prometheus", to: "api-server", ports: apiServerPorts, why: "finds the pods to scrape" },
  { from: "prometheus", to: "alertmanager", ports: [alertmanager.ports.http], why: "sends alerts, scrapes" },
  { from: "prometheus", to: "gateway", ports: [gateway.ports.metrics], why: "scrapes" },
  { from: "prometheus", to: "postgres", ports: [postgres.ports.metrics], why: "scrapes" },
  { from: "prometheus", to: "backup-monitor", ports: [backupMonitor.ports.metrics], why: "scrapes" },
  { from: "prometheus", to: "postgres-operator", ports: [operator.ports.metrics], why: "scrapes" },
  {
    from: "prometheus",
    to: "jaeger",
    ports: [jaeger.ports.metrics, jaeger.ports.spanmetrics],
    why: "scrapes Jaeger itself and the metrics it makes of spans",
  },
  { from: "alertmanager", to: "alert-log", ports: [alertLog.ports.http], why: "alerts for people to read in a log" },
  { from: "alertmanager", to: "channels", ports: channelPorts, why: "tells alerts", when: "alerted" },

  { from: "bucket", to: "dns", ports: dnsPorts, why: "finds the name of the store", when: "in-cluster" },
  ...(
    [
      "gateway",
      "postgres",
      "postgres-operator",
      "backup",
      "backup-care",
      "backup-drill",
      "backup-monitor",
      "jaeger",
      "prometheus",
      "alertmanager",
      "runbooks",
    ] as const
  ).map((from) => ({ from, to: "dns" as const, ports: dnsPorts, why: "finds the names of its peers" })),
] as const satisfies readonly Edge[];

/** The ways to the store of the backups, wherever it is, and to what gives a pod its role there. */
function storeEdges(from: WorkloadName, why: string, only?: Circumstance): Edge[] {
  const when = (where: Circumstance) => (only === undefined ? where : [only, where]);
  return [
    { from, to: "object-store", ports: [objectStore.ports.s3], why, when: when("in-cluster") },
    { from, to: "s3", ports: [443], why: `${why}, on AWS`, when: when("s3") },
    { from, to: "pod-identity", ports: [80], why: "the agent that hands out its role", when: when("managed") },
  ];
}

/** A recovered server reaches the archive that it comes from, and nothing else outside; the operator looks after it. */
function recoveredEdges(name: "postgres-recovery" | "postgres-drill"): Edge[] {
  const when = "point-in-time";
  const { postgresql, status } = workloads[name].ports;
  return [
    ...storeEdges(name, "WAL and base backups", when),
    { from: name, to: "api-server", ports: apiServerPorts, why: "the instance reports its state", when },
    { from: name, to: "dns", ports: dnsPorts, why: "finds the archive", when },
    { from: "postgres-operator", to: name, ports: [postgresql, status], why: "it reads the instance's state", when },
  ];
}

/** The edges of a stack in which these circumstances hold. */
export function edgesWhen(circumstances: ReadonlySet<Circumstance>): Edge[] {
  return (edges as readonly Edge[]).filter(({ when = [] }) =>
    (typeof when === "string" ? [when] : when).every((one) => circumstances.has(one)),
  );
}
