import type { Alert } from "./alert.ts";

/** Series of the monitor of the backups, one for each of the labels. */
const of = (metric: string, matcher = "") => `golive_backup_${metric}{job="backups"${matcher && `,${matcher}`}}`;
const newest = (labels: string, metric: string, matcher = "") => `max by (${labels}) (${of(metric, matcher)})`;
/** Seconds since a moment that has come at least once; never is another alert's. */
const since = (labels: string, metric: string) => `time() - (${newest(labels, metric)} > 0)`;
/** What the monitor itself compares with: the schedules and objectives of this stack. */
const limit = (metric: string, matcher = "") => `on () group_left () max(${of(metric, matcher)})`;

/** By these the loss of most of a database is told from a slow day: the numbers of the monitor's own check, `ratios`; a test holds them together. */
export const sizeLimits = { bytes: { low: 0.5, lost: 0.2 }, rows: { low: 0.5, lost: 0.1 } } as const;
const ratio = (metric: string, below: number) => `min by (database) (${of(`${metric}_ratio`)}) < ${below}`;

const baseBackup =
  'max by (namespace) (barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{job="postgres"})';

/** Every series but the archiver's comes from the monitor of the backups, every five minutes. */
export const backupAlerts = {
  BackupNotProven: {
    severity: "page",
    for: "15m",
    expr: `${newest("database", "rpo_seconds")} > ${limit("rpo_objective_seconds")}`,
    summary: "The newest backup that is known to be good is older than the recovery point objective",
    why: "the objective is the stack's own; fifteen minutes outlast a verification that is late",
  },
  BackupNeverProven: {
    severity: "page",
    for: "26h",
    expr: `${newest("database", "last_proven_timestamp_seconds")} == 0`,
    summary: "No backup of a database was ever proven",
    why: "a new platform makes its first backup in its first night and proves it an hour later",
  },
  BackupMissed: {
    severity: "ticket",
    for: "10m",
    expr: `${since("database", "last_scheduled_timestamp_seconds")} > ${limit("due_seconds", 'kind="backup"')}`,
    summary: "The scheduled backup did not run, or did not end well",
    why: "what is due comes from the schedule itself, with two hours of grace",
  },
  BackupVerifyMissed: {
    severity: "ticket",
    for: "10m",
    expr: `${since("database", "last_verified_timestamp_seconds")} > ${limit("due_seconds", 'kind="verify"')}`,
    summary: "No backup was verified when it was due",
    why: "what is due comes from the schedule itself, with two hours of grace",
  },
  BackupRunFailing: {
    severity: "ticket",
    for: "5m",
    expr: `${newest("database, kind", "run_failing")} == 1`,
    summary: "The last run of a job of the backups failed",
    why: "the next run that ends well clears it; the age of what is proven pages when none does",
  },
  BackupScheduleSuspended: {
    severity: "ticket",
    for: "30m",
    expr: `${newest("schedule", "schedule_suspended")} == 1`,
    summary: "A schedule of the backups is suspended or was deleted",
    why: "half an hour is a maintenance; after it, somebody has forgotten",
  },
  BackupSizeDropped: {
    severity: "ticket",
    for: "5m",
    expr: `${ratio("bytes", sizeLimits.bytes.low)} or ${ratio("rows", sizeLimits.rows.low)}`,
    summary: "The newest backup has less than half of what the seven before it had",
    why: "a median of seven nights knows no odd weekday; pruning is frozen until somebody accepts it",
  },
  BackupDataLost: {
    severity: "page",
    for: "5m",
    expr: `${ratio("bytes", sizeLimits.bytes.lost)} or ${ratio("rows", sizeLimits.rows.lost)}`,
    summary: "Nearly everything is gone from the newest backup: the database may have lost its data",
    why: "nine rows of ten do not leave by themselves; every hour of work on the emptied database makes a restore harder",
  },
  BackupDamaged: {
    severity: "page",
    for: "5m",
    expr: `sum by (database) (${of("count", 'state=~"damaged|untrusted"')}) > 0`,
    summary: "A stored backup is damaged, or its signature is not by a trusted key",
    why: "bytes that were right once do not change by themselves: the store fails, or somebody writes to it",
  },
  BackupDrillStale: {
    severity: "ticket",
    for: "10m",
    expr: `${since("database, plane", "drill_timestamp_seconds")} > on (plane) group_left () ${newest("plane", "drill_due_seconds")}`,
    summary: "No drill has passed when one was due",
    why: "what is due comes from the schedule itself, with two hours of grace",
  },
  BackupNeverDrilled: {
    severity: "ticket",
    for: "8d",
    expr: `${newest("database, plane", "drill_timestamp_seconds")} == 0`,
    summary: "No backup of a database was ever restored in a drill",
    why: "drills are weekly; a new platform has a week and a day",
  },
  BackupDrillRed: {
    severity: "page",
    for: "5m",
    expr: `${newest("database, plane", "drill_red")} == 1`,
    summary: "A drill found that a backup does not restore to what was backed up",
    why: "a restore that is needed now would fail; only a drill that passes clears it",
  },
  BackupRestoreTooSlow: {
    severity: "ticket",
    for: "5m",
    expr: `${newest("database, plane", "drill_rto_seconds", 'phase="total"')} > ${limit("rto_objective_seconds")}`,
    summary: "A restore takes longer than the recovery time objective",
    why: "measured by the last drill, from nothing to a compared database",
  },
  BackupStoreDown: {
    severity: "page",
    for: "15m",
    expr: `min by (store) (${of("store_up")}) == 0`,
    summary: "A store of the backups does not answer: nothing can be backed up, nor restored",
    why: "three looks of the monitor; a restart of the store takes seconds",
  },
  BackupStorageUnfit: {
    severity: "ticket",
    for: "30m",
    expr: `${newest("check", "check_status", 'check="storage"')} == 2`,
    summary: "A store of the backups lacks space, locks or the right time, or misses the newest backup",
    why: "none of it loses a backup today; half an hour outlasts a copy that is under way",
  },
  BackupPruneFrozen: {
    severity: "ticket",
    for: "1h",
    expr: `${newest("database", "prune_frozen")} == 1`,
    summary: "Old backups are kept until somebody has looked at an anomaly",
    why: "nothing is lost by waiting; the store grows",
  },
  BackupNotificationsUndelivered: {
    severity: "ticket",
    for: "15m",
    expr: `${newest("database, kind", "undelivered_notifications")} > 0`,
    summary: "Slack, email or PagerDuty did not take the last message about a backup",
    why: "each channel is tried several times before it counts",
  },
  BackupMonitorAbsent: {
    severity: "page",
    for: "15m",
    expr: `absent(${of("monitor_timestamp_seconds")}) or time() - max(${of("monitor_timestamp_seconds")}) > 1800`,
    summary: "Nobody looks at the backups: every other alert about them is blind",
    why: "six looks in a row failed, or the monitor answers no scrape",
    labels: { job: "backups" },
  },
  WalArchiveFailing: {
    severity: "page",
    for: "10m",
    expr: `max by (namespace) (${of("wal_archiver_failing")}) == 1 or max by (namespace) (cnpg_collector_pg_wal_archive_status{job="postgres",value="ready"}) > 3`,
    summary:
      "The write-ahead log does not reach its archive: the latest moments could not be restored, and the disk fills",
    why: "a segment is closed every five minutes and archived within seconds",
  },
  BaseBackupStale: {
    severity: "ticket",
    for: "6h",
    expr: `${baseBackup} == 0 or time() - (${baseBackup} > 0) > 26 * 3600`,
    summary: "There is no fresh base backup: a recovery to a moment replays too much log, or cannot start",
    why: "one is taken each night; six hours let a new platform, or a long one, finish",
  },
  ReplicationSlotRetainsWal: {
    severity: "ticket",
    for: "10m",
    expr: `${newest("slot", "slot_retained_bytes")} > 1e9`,
    summary: "A replication slot holds a gigabyte of write-ahead log back; the disk fills until its reader comes",
    why: "a standby that restarts needs minutes, and far less",
  },
} as const satisfies Record<string, Alert>;
