/** `Text` is a string, or what becomes one. */
export interface ArchiveSpecArgs<Text> {
  /** `s3://bucket/`. */
  readonly destination: Text;
  readonly region: string;
  /** Address of a server that is not AWS. */
  readonly endpoint?: string | undefined;
  /** Keys lie in the Secret; with a role of the pod, only the region does. */
  readonly access: "keys" | "pod-role";
  /** Secret with `region` and, for keys, `access-key-id` and `secret-access-key`. */
  readonly secret: string;
  readonly retentionDays: number;
}

/** The plugin's name, as the operator knows it. */
export const pluginName = "barman-cloud.cloudnative-pg.io";

/** Spec of the plugin's `ObjectStore`. The plugin encrypts nothing by itself: the bucket does, with its own key. */
export function archiveSpec<Text>(args: ArchiveSpecArgs<Text>): Record<string, unknown> {
  const { destination, endpoint, retentionDays } = args;
  return {
    configuration: {
      destinationPath: destination,
      ...(endpoint === undefined ? {} : { endpointURL: endpoint }),
      s3Credentials: credentials(args),
      // The best ratio of those that keep up with a busy server; measured by their makers and here.
      wal: { compression: "zstd", maxParallel: 2 },
      // Not compressed: zstd is not to be had for data, gzip needs two minutes for what takes eight seconds otherwise, and Debian's
      // python3-snappy 0.5.3 dies of a segmentation fault at its first chunk under Python 3.13.
      data: { jobs: 2, immediateCheckpoint: true },
    },
    retentionPolicy: `${retentionDays}d`,
    instanceSidecarConfiguration: {
      env: [
        { name: "AWS_DEFAULT_REGION", value: args.region },
        // Stores that are not AWS refuse the checksums that newer clients add by themselves.
        { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
        { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
      ],
      // How often retention is applied and the first recoverable point is looked up.
      retentionPolicyIntervalSeconds: 1800,
      // Measured: a base backup of two jobs takes 280 MB, one WAL file 70 MB, the sidecar itself 40 MB.
      resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "512Mi" } },
      logLevel: "info",
    },
  };
}

/**
 * With a role, the region's Secret is named all the same: the plugin lets instances read the Secrets that are named
 * here, and no name at all would mean every Secret of the namespace.
 */
function credentials({ access, secret }: ArchiveSpecArgs<unknown>): Record<string, unknown> {
  const from = (key: string) => ({ name: secret, key });
  if (access === "pod-role") return { inheritFromIAMRole: true, region: from("region") };
  return { accessKeyId: from("access-key-id"), secretAccessKey: from("secret-access-key"), region: from("region") };
}

/** How a `Cluster` archives into the store; `folder` is its own in the bucket. */
export function archivingPlugin(objectStore: string, folder: string): Record<string, unknown> {
  return {
    name: pluginName,
    enabled: true,
    isWALArchiver: true,
    parameters: { barmanObjectName: objectStore, serverName: folder },
  };
}
