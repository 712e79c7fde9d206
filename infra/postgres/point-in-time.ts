import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import { archiveSpec, archivingPlugin, pluginName } from "./archive-spec.ts";
import { archiveName, clusterName } from "./cluster-names.ts";
import type { PostgresOperator } from "./operator.ts";
import { PostgresPlugin } from "./plugin.ts";

export interface PointInTimeArgs {
  /** Of the database. */
  readonly namespace: pulumi.Input<string>;
  /** Of the operator and its plugin. */
  readonly operatorNamespace: pulumi.Input<string>;
  readonly operator: PostgresOperator;
  readonly images: { readonly plugin: string; readonly sidecar: string };
  /** A bucket of its own: the plugin deletes in it what retention lets go. */
  readonly bucket: pulumi.Input<string>;
  readonly region: string;
  /** Address of a server that is not AWS. */
  readonly endpoint?: string | undefined;
  /** Key of an account that may do what it likes in that bucket and nothing elsewhere, or the role of the database's pods. */
  readonly credentials:
    | { readonly accessKeyId: pulumi.Input<string>; readonly secretAccessKey: pulumi.Input<string> }
    | "pod-role";
  /** Days back to which the database can be taken. */
  readonly retentionDays: number;
  /** Folder in the bucket; another one for a cluster that is made anew. */
  readonly archive: string;
  /** What the certificates between operator and plugin are made from. */
  readonly secret: pulumi.Input<string>;
  readonly now?: Date;
}

/** What a database cluster needs to know to archive. */
export interface WalArchive {
  /** Entry of the Cluster's `plugins`. */
  readonly plugin: Record<string, unknown>;
  /** What must be there before a pod that archives is made. */
  readonly resources: readonly pulumi.Resource[];
}

/**
 * Any moment of the last days can be had back: WAL is archived as it is written, a base backup is taken each night,
 * both by the operator's plugin into an object store.
 */
export class PointInTime extends pulumi.ComponentResource {
  readonly archive: WalArchive;

  constructor(name: string, args: PointInTimeArgs, opts: pulumi.ComponentResourceOptions) {
    const { namespace, operator, region, endpoint, credentials, retentionDays, archive } = args;
    super("golive:postgres:PointInTime", name, { retentionDays, archive }, opts);
    const plugin = new PostgresPlugin(
      `${name}-plugin`,
      {
        namespace: args.operatorNamespace,
        databases: namespace,
        operator,
        image: args.images.plugin,
        sidecarImage: args.images.sidecar,
        archiveSecret: secretName,
        secret: args.secret,
        ...(args.now ? { now: args.now } : {}),
      },
      { parent: this },
    );
    const labels = standardLabels(archiveName, "database");
    const keys: Record<string, pulumi.Input<string>> = credentials === "pod-role"
      ? {}
      : { "access-key-id": credentials.accessKeyId, "secret-access-key": credentials.secretAccessKey };
    const secret = new k8s.core.v1.Secret(
      `${name}-access`,
      {
        metadata: owned({ name: secretName, namespace, labels }),
        stringData: pulumi.secret({ ...keys, region }),
      },
      { parent: this },
    );
    const objectStore = new k8s.apiextensions.CustomResource(
      `${name}-archive`,
      {
        apiVersion: "barmancloud.cnpg.io/v1",
        kind: "ObjectStore",
        metadata: owned({ name: archiveName, namespace, labels }),
        spec: archiveSpec({
          destination: pulumi.interpolate`s3://${args.bucket}/`,
          region,
          endpoint,
          access: credentials === "pod-role" ? "pod-role" : "keys",
          secret: secretName,
          retentionDays,
        }),
      },
      { parent: this, dependsOn: [...operator.resources, secret] },
    );
    this.archive = {
      plugin: archivingPlugin(archiveName, archive),
      resources: [...plugin.resources, objectStore],
    };
    this.registerOutputs({});
  }
}

const secretName = "point-in-time-access";

export interface BaseBackupsArgs {
  readonly namespace: pulumi.Input<string>;
}

/** An hour before the dumps: both read the whole database, and not at the same time. Six fields, the first is seconds; UTC. */
const schedule = "0 0 1 * * *";

/** Where recovery starts from: a copy of the data folder each night, and one as soon as there is a database. */
export class BaseBackups extends pulumi.ComponentResource {
  constructor(name: string, { namespace }: BaseBackupsArgs, opts: pulumi.ComponentResourceOptions) {
    super("golive:postgres:BaseBackups", name, { schedule }, opts);
    new k8s.apiextensions.CustomResource(
      `${name}-schedule`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "ScheduledBackup",
        metadata: owned({ name: clusterName, namespace, labels: standardLabels("base-backups", "database") }),
        spec: {
          cluster: { name: clusterName },
          schedule,
          // Until the first one is done nothing can be recovered.
          immediate: true,
          method: "plugin",
          pluginConfiguration: { name: pluginName },
          target: "prefer-standby",
          // A changed schedule must not take the records of the backups with it.
          backupOwnerReference: "cluster",
        },
      },
      { parent: this },
    );
    this.registerOutputs({ schedule });
  }
}
