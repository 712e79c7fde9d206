import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "../content-hash.ts";
import { owned, standardLabels } from "../metadata.ts";
import { data, scratch, secretFiles } from "../server/mounts.ts";
import { resources, restrictedContainer, restrictedPod } from "../server/pod.ts";
import { environment, Server } from "../server/server.ts";
import { dataVolume } from "../server/volume.ts";
import { workloads } from "../workloads.ts";
import { type AccessKey, accessKeyFiles, type ClusterAccount } from "./store-accounts.ts";

export interface ObjectStoreArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of that namespace as DNS has it. */
  readonly namespaceName: string;
  readonly image: string;
  /** Image of the backup program, which knows how the bucket must be made. */
  readonly backupImage: string;
  readonly bucket: string;
  readonly region: string;
  readonly storage: string;
  /** Days in which nobody can delete a backup, and whether somebody may lift that: the bucket's Object Lock. */
  readonly lock: { readonly days: number; readonly mode: "GOVERNANCE" | "COMPLIANCE" };
  /** Secret of the root account. Nothing but the server and the job that makes the bucket ever has it. */
  readonly secretKey: pulumi.Input<string>;
  /** Keys of the other accounts. */
  readonly accounts: Readonly<Record<ClusterAccount, AccessKey<pulumi.Input<string>>>>;
  readonly revision: pulumi.Input<string>;
  readonly protect: boolean;
}

/** The root account of the store. */
const rootAccessKeyId = "golive";

/** Accounts that the bucket's job makes: the start of their variables' names. */
const accountVariables = {
  writer: "BACKUP_WRITER",
  reader: "BACKUP_READER",
  pruner: "BACKUP_PRUNER",
  archiver: "BACKUP_ARCHIVER",
} as const satisfies Record<ClusterAccount, string>;

/** An S3-compatible server on a volume, and the bucket the backups go to. */
export class ObjectStore extends pulumi.ComponentResource {
  readonly endpoint: string;
  readonly server: Server;
  /** Finished when the bucket exists. */
  readonly bucketJob: k8s.batch.v1.Job;

  constructor(name: string, args: ObjectStoreArgs, opts: pulumi.ComponentResourceOptions) {
    super("golive:storage:ObjectStore", name, { bucket: args.bucket, storage: args.storage }, opts);
    const { namespace, protect, storage } = args;
    const labels = standardLabels("object-store", "storage");
    const access = new k8s.core.v1.Secret(
      `${name}-access`,
      {
        metadata: owned({ name: "object-store-access", namespace, labels }),
        stringData: { "access-key-id": rootAccessKeyId, "secret-access-key": args.secretKey },
      },
      { parent: this },
    );
    const accounts = new k8s.core.v1.Secret(
      `${name}-accounts`,
      {
        metadata: owned({ name: "object-store-accounts", namespace, labels }),
        stringData: Object.fromEntries(
          Object.entries(args.accounts).flatMap(([account, { accessKeyId, secretAccessKey }]) => [
            [`${account}-key-id`, accessKeyId],
            [`${account}-secret`, secretAccessKey],
          ]),
        ),
      },
      { parent: this },
    );
    const volume = dataVolume(
      `${name}-data`,
      { namespace, name: "object-store", component: "storage", storage, protect },
      this,
    );
    this.server = storeServer(name, args, access, volume, this);
    this.endpoint = `http://object-store.${args.namespaceName}:${workloads["object-store"].ports.s3}`;
    this.bucketJob = bucketJob(`${name}-bucket`, args, this.endpoint, { access, accounts }, this);
    this.registerOutputs({ endpoint: this.endpoint, bucket: args.bucket });
  }
}

function storeServer(
  name: string,
  args: ObjectStoreArgs,
  access: k8s.core.v1.Secret,
  volume: k8s.core.v1.PersistentVolumeClaim,
  parent: ObjectStore,
): Server {
  const fromSecret = (key: string) => ({ secretKeyRef: { name: access.metadata.name, key } });
  const health = { httpGet: { path: "/healthz", port: "s3" } };
  return new Server(
    `${name}-server`,
    {
      workload: "object-store",
      namespace: args.namespace,
      component: "storage",
      image: args.image,
      args: [
        `--port=:${workloads["object-store"].ports.s3}`,
        `--region=${args.region}`,
        "--health=/healthz",
        "--quiet",
        // Accounts beside root; the folder has to be there when the server starts.
        "--iam-dir=/data/iam",
        "posix",
        "--versioning-dir=/data/versions",
        "/data/objects",
      ],
      // The server takes its root account from the environment only.
      env: {
        ROOT_ACCESS_KEY_ID: fromSecret("access-key-id"),
        ROOT_SECRET_ACCESS_KEY: fromSecret("secret-access-key"),
        GOMEMLIMIT: "150MiB",
      },
      resources: { cpu: "50m", memory: "192Mi" },
      // Folders of one volume: kubelet makes them, the image has no shell that could.
      mounts: [
        data("data", "/data/objects", volume.metadata.name, "objects"),
        data("data", "/data/versions", volume.metadata.name, "versions"),
        data("data", "/data/iam", volume.metadata.name, "iam"),
        scratch("tmp", "/tmp", "64Mi"),
      ],
      probes: {
        startupProbe: { ...health, periodSeconds: 2, failureThreshold: 60 },
        livenessProbe: { ...health, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
        readinessProbe: { ...health, periodSeconds: 5 },
      },
      servicePorts: ["s3"],
      revision: args.revision,
    },
    { parent },
  );
}

/** Named after what it does: any change of it, a new seed too, is a new Job, and the same Job never runs twice. */
function bucketJob(
  name: string,
  args: ObjectStoreArgs,
  endpoint: string,
  secrets: { readonly access: k8s.core.v1.Secret; readonly accounts: k8s.core.v1.Secret },
  parent: ObjectStore,
): k8s.batch.v1.Job {
  const { bucket, region, backupImage, namespace, lock } = args;
  const labels = standardLabels("bucket", "storage");
  const account = new k8s.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata: owned({ name: "bucket", namespace, labels }), automountServiceAccountToken: false },
    { parent },
  );
  const accountFiles = Object.keys(accountVariables).flatMap((one) => [`${one}-key-id`, `${one}-secret`]);
  const mounts = [
    secretFiles("access", "/run/secrets/s3", secrets.access.metadata.name, accessKeyFiles),
    secretFiles("accounts", "/run/secrets/accounts", secrets.accounts.metadata.name, accountFiles),
  ];
  const jobName = pulumi
    .output(args.revision)
    .apply((revision) => `bucket-${contentHash({ bucket, region, endpoint, backupImage, lock, revision })}`);
  return new k8s.batch.v1.Job(
    name,
    {
      metadata: owned({ name: jobName, namespace, labels }),
      spec: {
        backoffLimit: 5,
        activeDeadlineSeconds: 300,
        template: {
          metadata: { labels },
          spec: restrictedPod({
            serviceAccountName: account.metadata.name,
            restartPolicy: "OnFailure",
            containers: [
              restrictedContainer({
                name: "bucket",
                image: backupImage,
                args: ["bucket", "ensure"],
                env: environment({
                  S3_ENDPOINT: endpoint,
                  S3_BUCKET: bucket,
                  S3_REGION: region,
                  BACKUP_LOCK_DAYS: String(lock.days),
                  BACKUP_LOCK_MODE: lock.mode,
                  S3_ACCESS_KEY_ID_FILE: "/run/secrets/s3/access-key-id",
                  S3_SECRET_ACCESS_KEY_FILE: "/run/secrets/s3/secret-access-key",
                  ...Object.fromEntries(
                    Object.entries(accountVariables).flatMap(([one, variable]) => [
                      [`${variable}_KEY_ID_FILE`, `/run/secrets/accounts/${one}-key-id`],
                      [`${variable}_SECRET_FILE`, `/run/secrets/accounts/${one}-secret`],
                    ]),
                  ),
                }),
                resources: resources({ cpu: "50m", memory: "192Mi" }),
                volumeMounts: mounts.map(({ name: mount, path }) => ({ name: mount, mountPath: path, readOnly: true })),
              }),
            ],
            volumes: mounts.map(({ name: mount, source }) => ({ name: mount, ...source })),
          }),
        },
      },
    },
    { parent, dependsOn: [parent.server.service], customTimeouts: { create: "6m" } },
  );
}
