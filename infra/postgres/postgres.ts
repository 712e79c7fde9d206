import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "../content-hash.ts";
import { owned, standardLabels } from "../metadata.ts";
import { workloads } from "../workloads.ts";
import { clusterName } from "./cluster-names.ts";
import {
  clusterSpec,
  type Durability,
  database,
  type PostgresRole,
  postgresMajor,
  postgresRoles,
} from "./cluster-spec.ts";
import type { PostgresOperator } from "./operator.ts";
import type { WalArchive } from "./point-in-time.ts";

export interface PostgresArgs {
  readonly namespace: pulumi.Input<string>;
  readonly operator: PostgresOperator;
  readonly image: string;
  /** One primary and its standbys: two at least. */
  readonly instances: number;
  readonly storage: string;
  readonly cpu: string;
  readonly memory: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly durability: Durability;
  /** Where its WAL goes; absent: nowhere, and no moment of the past can be had back. */
  readonly archive?: WalArchive | undefined;
  /** Password of each role. */
  readonly password: (role: PostgresRole) => pulumi.Input<string>;
  /** Refuse deletion and replacement of the data. */
  readonly protect: boolean;
}

/** How programs reach the database; the same outputs whichever engine serves it. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Secret with `username` and `password` of a role. */
  readonly secret: (role: PostgresRole) => pulumi.Output<string>;
  /** Secret whose key `ca.crt` signs the server's certificate. */
  readonly caSecret: string;
}

/** A PostgreSQL cluster that the operator keeps: primary, standbys, failover, certificates. */
export class Postgres extends pulumi.ComponentResource {
  readonly cluster: k8s.apiextensions.CustomResource;
  readonly connection: PostgresConnection;
  /** As it is asked for; the operator adds its defaults. */
  readonly spec: Record<string, unknown>;

  constructor(name: string, args: PostgresArgs, opts: pulumi.ComponentResourceOptions) {
    const errors = postgresProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `postgres "${name}"`, errors });
    const { instances, storage } = args;
    super("golive:postgres:Postgres", name, { instances, storage }, opts);

    const secrets = Object.fromEntries(
      postgresRoles.map((role) => [role, roleSecret(`${name}-${role}`, role, args, this)]),
    ) as Record<PostgresRole, k8s.core.v1.Secret>;
    const catalog = imageCatalog(`${name}-images`, args, this);
    this.spec = clusterSpec({
      ...args,
      catalog: catalogName(args.image),
      secrets: secretNames(),
      ...(args.archive ? { archiving: args.archive.plugin } : {}),
    });
    this.cluster = new k8s.apiextensions.CustomResource(
      `${name}-cluster`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: owned({
          name: clusterName,
          namespace: args.namespace,
          labels: standardLabels(clusterName, "database"),
          annotations: { "pulumi.com/waitFor": "jsonpath={.status.phase}=Cluster in healthy state" },
        }),
        spec: this.spec,
      },
      {
        parent: this,
        dependsOn: [...args.operator.resources, ...Object.values(secrets), catalog, ...(args.archive?.resources ?? [])],
        protect: args.protect,
        // First start on a slow disk, or a rolling change of every instance.
        customTimeouts: { create: "15m", update: "20m", delete: "5m" },
      },
    );
    this.connection = {
      host: `${clusterName}-rw`,
      port: workloads.postgres.ports.postgresql,
      database,
      // Known names, but whoever mounts one waits for the cluster that accepts its password.
      secret: (role) => pulumi.all([secrets[role].metadata.name, this.cluster.id]).apply(([secret]) => secret),
      caSecret: `${clusterName}-ca`,
    };
    this.registerOutputs({ host: this.connection.host, database });
  }
}

/**
 * The image of the major version. The operator reads a version out of an image's tag unless a catalog says it, and our
 * tags are hashes. Named after the image, so that a new one changes the cluster and its rollout is waited for.
 */
function imageCatalog(
  name: string,
  { image, namespace, operator }: PostgresArgs,
  parent: Postgres,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ImageCatalog",
      metadata: owned({ name: catalogName(image), namespace, labels: standardLabels("postgres-images", "database") }),
      spec: { images: [{ major: postgresMajor, image }] },
    },
    { parent, dependsOn: [...operator.resources] },
  );
}

const catalogName = (image: string) => `postgres-${contentHash({ image })}`;

function secretNames(): Record<PostgresRole, string> {
  return { app: "postgres-app", backup: "postgres-backup", restore: "postgres-restore" };
}

function roleSecret(name: string, role: PostgresRole, args: PostgresArgs, parent: Postgres): k8s.core.v1.Secret {
  const secretName = secretNames()[role];
  return new k8s.core.v1.Secret(
    name,
    {
      metadata: owned({
        name: secretName,
        namespace: args.namespace,
        // The operator watches Secrets with this label and changes the role's password when they change.
        labels: { ...standardLabels(secretName, "database"), "cnpg.io/reload": "true" },
      }),
      type: "kubernetes.io/basic-auth",
      stringData: { username: role, password: args.password(role) },
    },
    { parent },
  );
}

export function postgresProblems({
  instances,
}: Pick<PostgresArgs, "instances">): { propertyPath: string; reason: string }[] {
  if (Number.isInteger(instances) && instances >= 2) return [];
  const reason = `${instances} instances: two at least, since a change that rolls a lone primary restarts it for ever`;
  return [{ propertyPath: "instances", reason }];
}
