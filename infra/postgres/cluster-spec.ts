/** What decides the shape of the database cluster. Plain data: the operator's CRD is the schema. */
export interface ClusterSpecArgs {
  /** Name of the ImageCatalog that says what image the major version is. */
  readonly catalog: string;
  readonly instances: number;
  readonly storage: string;
  readonly cpu: string;
  readonly memory: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly durability: Durability;
  /** Entry of `plugins` that archives its WAL. */
  readonly archiving?: Record<string, unknown>;
  /** Secrets of type basic-auth, by role. */
  readonly secrets: Readonly<Record<PostgresRole, string>>;
}

/**
 * A commit waits for one standby, so that a failover loses no row that a client was told of. When no standby is there,
 * `required` lets writes wait for one, and `preferred` goes on without (a second failure may then lose rows).
 */
export type Durability = "preferred" | "required";

/** Roles that log in. `app` owns the database; the others exist so that no job holds more rights than it needs. */
export type PostgresRole = "app" | "backup" | "restore";
export const postgresRoles = ["app", "backup", "restore"] as const satisfies readonly PostgresRole[];
export const database = "app";

/** Major version of PostgreSQL. Another one is a migration, never an update of the image. */
export const postgresMajor = 17;

/** Spec of the CloudNativePG `Cluster`. */
export function clusterSpec(args: ClusterSpecArgs): Record<string, unknown> {
  return {
    instances: args.instances,
    imageCatalogRef: { apiGroup: "postgresql.cnpg.io", kind: "ImageCatalog", name: args.catalog, major: postgresMajor },
    imagePullPolicy: "IfNotPresent",
    description: "application database",
    bootstrap: {
      initdb: {
        database,
        owner: "app",
        secret: { name: args.secrets.app },
        // Checksums turn silent disk errors into loud ones; a backup of rotten pages is no backup.
        dataChecksums: true,
        encoding: "UTF8",
        // Sorts by code point: no index depends on the C library's version.
        localeProvider: "builtin",
        builtinLocale: "C.UTF-8",
      },
    },
    managed: { roles: managedRoles(args.secrets) },
    postgresql: {
      // An idle minute's commits are not older than this in the archive: the most that is lost with all instances.
      parameters: args.archiving ? { archive_timeout: "5min", ...args.parameters } : args.parameters,
      // The quorum also keeps a standby that lags behind confirmed rows from being promoted.
      synchronous: { method: "any", number: 1, dataDurability: args.durability, failoverQuorum: true },
      // Password logins over TLS only; the operator's own entries stand before these.
      pg_hba: ["hostnossl all all all reject", "hostssl all all all scram-sha-256"],
    },
    ...(args.archiving ? { plugins: [args.archiving] } : {}),
    storage: { size: args.storage, resizeInUseVolumes: true },
    resources: { requests: { cpu: args.cpu, memory: args.memory }, limits: { memory: args.memory } },
    // A change restarts the standbys first and then moves the primary; it is never restarted in place.
    primaryUpdateStrategy: "unsupervised",
    primaryUpdateMethod: "switchover",
    enablePDB: true,
    enableSuperuserAccess: false,
    affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
    // A clean stop writes a checkpoint; the operator's default of 30 minutes outlasts every drain.
    stopDelay: 120,
    smartShutdownTimeout: 15,
    // The operator's default of an hour would hide a start that will never come.
    startDelay: 600,
  };
}

/** `backup` reads everything, row security included: a dump that lacks rows is worse than none. */
function managedRoles(secrets: ClusterSpecArgs["secrets"]): Record<string, unknown>[] {
  const login = { ensure: "present", login: true, inherit: true, connectionLimit: -1 };
  return [
    {
      ...login,
      name: "backup",
      comment: "dumps every table",
      // pg_monitor: how far the archive of the log is, and what replication slots hold back.
      inRoles: ["pg_read_all_data", "pg_monitor"],
      bypassrls: true,
      passwordSecret: { name: secrets.backup },
    },
    {
      ...login,
      name: "restore",
      comment: "makes databases, fills them from backups and swaps them in",
      // A member of the owner: only an owner may rename a database, and what is restored is to be his. It also ends the
      // sessions that would keep the old database, and reads everything to compare it, row security or not.
      inRoles: ["app", "pg_read_all_data", "pg_signal_backend"],
      bypassrls: true,
      createdb: true,
      passwordSecret: { name: secrets.restore },
    },
  ];
}
