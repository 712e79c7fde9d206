/**
 * Every way the platform's own programs can fail: code → exit status and what it means.
 * `golive --help` prints this table and the README's copy is held to it by a test. Scripts may rely on the exit statuses.
 */
export interface CodeFacts {
  /** Process exit status. */
  readonly exit: number;
  /** One line for tables: what went wrong, in the user's terms. */
  readonly about: string;
}

export const codes = {
  INTERNAL: { exit: 1, about: "a fault of golive itself; --debug shows the stack" },
  PREVIEW_FAILED: { exit: 1, about: "a preview did not get to its end, or a policy refuses what it shows" },
  USAGE: { exit: 2, about: "an unknown verb, a bad flag or a bad value on the command line" },
  CONFIG_INVALID: { exit: 2, about: "a key of Pulumi.<stack>.yaml is missing or wrong; every fault is listed at once" },
  CONTEXT_REFUSED: { exit: 2, about: "the stack must not run against this kube context" },
  TOOL_MISSING: { exit: 3, about: "a program is missing and cannot be installed from here" },
  TOOL_BUILD_FAILED: { exit: 3, about: "a tool did not build from its pinned modules" },
  DISK_FULL: { exit: 3, about: "too little free disk for the next step" },
  HOST_UNFIT: { exit: 3, about: "this machine cannot run the embedded cluster (rights, kernel, limits)" },
  PORT_TAKEN: { exit: 3, about: "another program listens on a port that the platform serves" },
  IMAGE_BUILD_FAILED: { exit: 3, about: "a container image did not build" },
  DATA_AT_RISK: {
    exit: 3,
    about: "a preview would replace or delete what holds data, and nobody has allowed it by name",
  },
  LOCKED: { exit: 4, about: "another golive run holds the lock" },
  CLUSTER_FAILED: { exit: 5, about: "the cluster did not start, stop or answer in time" },
  CLUSTER_UNREACHABLE: { exit: 5, about: "the kube context does not answer" },
  UPDATE_FAILED: { exit: 6, about: "pulumi could not bring the stack to the wanted state" },
  BACKUP_FAILED: { exit: 7, about: "a backup or restore did not finish; nothing half-done counts" },
  BACKUP_NOT_FOUND: { exit: 7, about: "no backup has that id" },
  BACKUP_DAMAGED: { exit: 7, about: "a backup's checksum, signature or manifest is wrong" },
  BACKUP_UNDECRYPTABLE: { exit: 12, about: "none of the given identities opens the backup" },
  STORE_UNREACHABLE: { exit: 5, about: "the store of the backups does not answer or refuses" },
  DATABASE_UNREACHABLE: { exit: 5, about: "the database server does not answer or refuses the login" },
  RESTORE_REFUSED: {
    exit: 7,
    about: "a check before the restore found what would make it fail or lose data; nothing was changed",
  },
  RESTORE_MISMATCH: { exit: 7, about: "what was restored is not what was backed up; nothing was replaced" },
  DRILL_FAILED: { exit: 10, about: "the drill itself broke; nothing is said about what it drills" },
  DRILL_RED: { exit: 11, about: "a backup did not restore to what its manifest says" },
  RESTORE_TARGET_EXISTS: { exit: 7, about: "the database to restore into exists already" },
  DRIFT_FOUND: { exit: 15, about: "something in the stack is not as the last `golive up` left it" },
  ALERT_SILENT: { exit: 14, about: "what should have set an alert off did not; the report says which and why" },
  TRACE_NOT_FOUND: { exit: 13, about: "no source knows the trace or the event; each says why" },
  UNHEALTHY: { exit: 8, about: "status or doctor found something that is not as it should be" },
  TESTS_FAILED: { exit: 9, about: "a check or a test failed" },
  INTERRUPTED: { exit: 130, about: "stopped by Ctrl-C; run the same command again to go on" },
  TERMINATED: {
    exit: 143,
    about: "stopped by SIGTERM: a deadline, or a node that is drained; nothing half-done counts",
  },
} as const satisfies Record<string, CodeFacts>;

export type Code = keyof typeof codes;
