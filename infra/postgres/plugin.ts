import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import { secretFiles } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import { workloads } from "../workloads.ts";
import { pluginName } from "./archive-spec.ts";
import type { PostgresOperator } from "./operator.ts";
import { pluginCertificates, type TlsPair } from "./plugin-certificates.ts";
import { pluginRights } from "./plugin-rights.ts";

export interface PostgresPluginArgs {
  /** The operator's: it looks for plugins in its own. */
  readonly namespace: pulumi.Input<string>;
  /** Where databases are. */
  readonly databases: pulumi.Input<string>;
  readonly operator: PostgresOperator;
  readonly image: string;
  /** Image of the containers that it puts beside Postgres. */
  readonly sidecarImage: string;
  /** Secret of the archive's keys, the only one it may know. */
  readonly archiveSecret: string;
  /** What the certificates are made from. */
  readonly secret: pulumi.Input<string>;
  /** The day that decides about the certificates' quarter. @default today */
  readonly now?: Date;
}

const workload = "barman-plugin";
const secretNames = { server: `${workload}-server-tls`, client: `${workload}-client-tls` };

/**
 * The operator's plugin for WAL archives and base backups. The operator asks it about every pod of a database that it
 * makes or checks, and does nothing with that database, failover included, while no plugin answers: hence two of them.
 */
export class PostgresPlugin extends pulumi.ComponentResource {
  /** What a Cluster with this plugin has to wait for. */
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: PostgresPluginArgs, opts: pulumi.ComponentResourceOptions) {
    super("golive:postgres:PostgresPlugin", name, {}, opts);
    const now = args.now ?? new Date();
    const pairs = pulumi.secret(args.secret).apply((secret) => pluginCertificates(secret, workload, now));
    const secrets = (["server", "client"] as const).map((side) =>
      tlsSecret(
        `${name}-${side}`,
        secretNames[side],
        args.namespace,
        pairs.apply((made) => made[side]),
        this,
      ),
    );
    const server = pluginServer(name, args, secrets, this);
    const rights = pluginRoles(name, args, server.account, this);
    // The Service last: the operator registers the plugin when it sees it.
    this.resources = [...secrets, ...rights, server.deployment, server.service];
    this.registerOutputs({});
  }
}

function tlsSecret(
  name: string,
  secretName: string,
  namespace: pulumi.Input<string>,
  pair: pulumi.Output<TlsPair>,
  parent: PostgresPlugin,
): k8s.core.v1.Secret {
  return new k8s.core.v1.Secret(
    name,
    {
      metadata: owned({ name: secretName, namespace, labels: standardLabels(secretName, "database") }),
      type: "kubernetes.io/tls",
      // Both ends read a changed pair by themselves: the operator watches the Secrets, the plugin reads its files anew
      // for each connection.
      stringData: pair.apply((values) => ({ ...values })),
    },
    { parent },
  );
}

function pluginServer(
  name: string,
  { namespace, image, sidecarImage, operator }: PostgresPluginArgs,
  secrets: readonly k8s.core.v1.Secret[],
  parent: PostgresPlugin,
): Server {
  const { grpc, health } = workloads[workload].ports;
  return new Server(
    name,
    {
      workload,
      namespace,
      component: "database",
      image,
      // No leader: what both do ends the same, and only a leader would answer the operator.
      args: [
        "operator",
        "--server-cert=/run/secrets/server/tls.crt",
        "--server-key=/run/secrets/server/tls.key",
        "--client-cert=/run/secrets/client/tls.crt",
        `--server-address=:${grpc}`,
        `--health-probe-bind-address=:${health}`,
        "--log-level=info",
      ],
      env: { SIDECAR_IMAGE: sidecarImage, GOMEMLIMIT: "100MiB" },
      resources: { cpu: "20m", memory: "128Mi" },
      mounts: [
        secretFiles("server", "/run/secrets/server", secretNames.server, ["tls.crt", "tls.key"]),
        // Whom it believes; the operator's key stays out of the pod.
        secretFiles("client", "/run/secrets/client", secretNames.client, ["tls.crt"]),
      ],
      probes: {
        startupProbe: { tcpSocket: { port: "grpc" }, periodSeconds: 1, failureThreshold: 120 },
        livenessProbe: {
          httpGet: { path: "/healthz", port: "health" },
          periodSeconds: 20,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        readinessProbe: { tcpSocket: { port: "grpc" }, periodSeconds: 5 },
      },
      servicePorts: ["grpc"],
      // By these the operator finds it (plugin-barman-cloud 0.14, kubernetes/service.yaml).
      serviceMetadata: {
        labels: { "cnpg.io/pluginName": pluginName },
        annotations: {
          "cnpg.io/pluginServerSecret": secretNames.server,
          "cnpg.io/pluginClientSecret": secretNames.client,
          "cnpg.io/pluginPort": String(grpc),
        },
      },
      replicas: 2,
      apiToken: true,
    },
    // Taken down before the operator, who has a finalizer on the Service.
    { parent, dependsOn: [...operator.resources, ...secrets] },
  );
}

function pluginRoles(
  name: string,
  { databases, namespace, archiveSecret }: PostgresPluginArgs,
  account: k8s.core.v1.ServiceAccount,
  parent: PostgresPlugin,
): pulumi.Resource[] {
  const metadata = owned({ name: workload, labels: standardLabels(workload, "database") });
  const inDatabases = { ...metadata, namespace: databases };
  const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace }];
  const refer = (kind: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name: workload });
  const own = { parent };
  const everywhere = new k8s.rbac.v1.ClusterRole(
    `${name}-everywhere`,
    { metadata, rules: pluginRights.everywhere.map((rule) => structuredClone(rule) as never) },
    own,
  );
  const there = new k8s.rbac.v1.Role(
    `${name}-databases`,
    { metadata: inDatabases, rules: pluginRights.inNamespace(archiveSecret).map((rule) => rule as never) },
    own,
  );
  return [
    everywhere,
    there,
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-everywhere`,
      { metadata, roleRef: refer("ClusterRole"), subjects },
      { parent, dependsOn: [everywhere] },
    ),
    new k8s.rbac.v1.RoleBinding(
      `${name}-databases`,
      { metadata: inDatabases, roleRef: refer("Role"), subjects },
      { parent, dependsOn: [there] },
    ),
  ];
}
