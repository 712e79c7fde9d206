import type { Alerts } from "./alert.ts";

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
    description:
      "The newest proven backup of {{ $labels.database }} is {{ $value | humanizeDuration }} old. Run golive backup monitor: it says whether making or proving it fails.",
    runbook: "backup-not-proven",
    why: "the objective is the stack's own; fifteen minutes outlast a verification that is late",
  },
  BackupNeverProven: {
    severity: "page",
    for: "26h",
    expr: `${newest("database", "last_proven_timestamp_seconds")} == 0`,
    summary: "No backup of a database was ever proven",
    description:
      "{{ $labels.database }} has no proven backup at all. Make one now with golive backup run, and watch what it says.",
    runbook: "backup-not-proven",
    why: "a new platform makes its first backup in its first night and proves it an hour later",
  },
  BackupMissed: {
    severity: "ticket",
    for: "10m",
    expr: `${since("database", "last_scheduled_timestamp_seconds")} > ${limit("due_seconds", 'kind="backup"')}`,
    summary: "The scheduled backup did not run, or did not end well",
    description:
      "The last scheduled backup of {{ $labels.database }} ended {{ $value | humanizeDuration }} ago. See whether the CronJob ran; make a backup by hand if it did not.",
    runbook: "backup-missed",
    why: "what is due comes from the schedule itself, with two hours of grace",
  },
  BackupVerifyMissed: {
    severity: "ticket",
    for: "10m",
    expr: `${since("database", "last_verified_timestamp_seconds")} > ${limit("due_seconds", 'kind="verify"')}`,
    summary: "No backup was verified when it was due",
    description:
      "The last verification of {{ $labels.database }} ended {{ $value | humanizeDuration }} ago. See whether the CronJob ran, and what the last run said.",
    runbook: "backup-missed",
    why: "what is due comes from the schedule itself, with two hours of grace",
  },
  BackupRunFailing: {
    severity: "ticket",
    for: "5m",
    expr: `${newest("database, kind", "run_failing")} == 1`,
    summary: "The last run of a job of the backups failed",
    description:
      "The last {{ $labels.kind }} of {{ $labels.database }} failed. Read its log: the error's code has a page of its own.",
    runbook: "backup-missed",
    why: "the next run that ends well clears it; the age of what is proven pages when none does",
  },
  BackupScheduleSuspended: {
    severity: "ticket",
    for: "30m",
    expr: `${newest("schedule", "schedule_suspended")} == 1`,
    summary: "A schedule of the backups is suspended or was deleted",
    description:
      "The schedule {{ $labels.schedule }} does not run. Ask who suspended it; golive up makes a deleted one again.",
    runbook: "backup-missed",
    why: "half an hour is a maintenance; after it, somebody has forgotten",
  },
  BackupSizeDropped: {
    severity: "ticket",
    for: "5m",
    expr: `${ratio("bytes", sizeLimits.bytes.low)} or ${ratio("rows", sizeLimits.rows.low)}`,
    summary: "The newest backup has less than half of what the seven before it had",
    description:
      "{{ $labels.database }} has {{ $value | humanizePercentage }} of what it had. Compare the tables' rows with those of the backup before: deleted on purpose, golive backup accept; otherwise stop what deletes.",
    runbook: "backup-size-dropped",
    why: "a median of seven nights knows no odd weekday; pruning is frozen until somebody accepts it",
  },
  BackupDataLost: {
    severity: "page",
    for: "5m",
    expr: `${ratio("bytes", sizeLimits.bytes.lost)} or ${ratio("rows", sizeLimits.rows.lost)}`,
    summary: "Nearly everything is gone from the newest backup: the database may have lost its data",
    description:
      "{{ $labels.database }} has {{ $value | humanizePercentage }} of what it had. Count its rows now; if they are gone, stop writes and restore the last backup that has them.",
    runbook: "backup-size-dropped",
    why: "nine rows of ten do not leave by themselves; every hour of work on the emptied database makes a restore harder",
  },
  BackupDamaged: {
    severity: "page",
    for: "5m",
    expr: `sum by (database) (${of("count", 'state=~"damaged|untrusted"')}) > 0`,
    summary: "A stored backup is damaged, or its signature is not by a trusted key",
    description:
      "{{ $value }} backups of {{ $labels.database }} are damaged or not signed by a trusted key. Do not delete them: see who wrote to the store, and prove another backup at once.",
    runbook: "backup-damaged",
    why: "bytes that were right once do not change by themselves: the store fails, or somebody writes to it",
  },
  BackupDrillStale: {
    severity: "ticket",
    for: "10m",
    expr: `${since("database, plane", "drill_timestamp_seconds")} > on (plane) group_left () ${newest("plane", "drill_due_seconds")}`,
    summary: "No drill has passed when one was due",
    description:
      "The last {{ $labels.plane }} drill of {{ $labels.database }} passed {{ $value | humanizeDuration }} ago. See whether the CronJob ran, and what it said.",
    runbook: "backup-drill",
    why: "what is due comes from the schedule itself, with two hours of grace",
  },
  BackupNeverDrilled: {
    severity: "ticket",
    for: "8d",
    expr: `${newest("database, plane", "drill_timestamp_seconds")} == 0`,
    summary: "No backup of a database was ever restored in a drill",
    description:
      "No {{ $labels.plane }} backup of {{ $labels.database }} was ever restored. Run golive drill and read what it says.",
    runbook: "backup-drill",
    why: "drills are weekly; a new platform has a week and a day",
  },
  BackupDrillRed: {
    severity: "page",
    for: "5m",
    expr: `${newest("database, plane", "drill_red")} == 1`,
    summary: "A drill found that a backup does not restore to what was backed up",
    description:
      "The last {{ $labels.plane }} drill of {{ $labels.database }} failed. Read its record for what differs, and drill the backup before it: that one may be good.",
    runbook: "backup-drill",
    why: "a restore that is needed now would fail; only a drill that passes clears it",
  },
  BackupRestoreTooSlow: {
    severity: "ticket",
    for: "5m",
    expr: `${newest("database, plane", "drill_rto_seconds", 'phase="total"')} > ${limit("rto_objective_seconds")}`,
    summary: "A restore takes longer than the recovery time objective",
    description:
      "The last {{ $labels.plane }} drill of {{ $labels.database }} took {{ $value | humanizeDuration }}. Its record has the time of each phase; more jobs in parallel help the longest.",
    runbook: "backup-drill",
    why: "measured by the last drill, from nothing to a compared database",
  },
  BackupStoreDown: {
    severity: "page",
    for: "15m",
    expr: `min by (store) (${of("store_up")}) == 0`,
    summary: "A store of the backups does not answer: nothing can be backed up, nor restored",
    description:
      "{{ $labels.store }} does not answer. See whether it runs, whether its name resolves, and whether its key still opens it.",
    runbook: "backup-storage",
    why: "three looks of the monitor; a restart of the store takes seconds",
  },
  BackupStorageUnfit: {
    severity: "ticket",
    for: "30m",
    expr: `${newest("check", "check_status", 'check="storage"')} == 2`,
    summary: "A store of the backups lacks space, locks or the right time, or misses the newest backup",
    description: "The check of the stores is red. Run golive backup monitor: it names the store and what it lacks.",
    runbook: "backup-storage",
    why: "none of it loses a backup today; half an hour outlasts a copy that is under way",
  },
  BackupPruneFrozen: {
    severity: "ticket",
    for: "1h",
    expr: `${newest("database", "prune_frozen")} == 1`,
    summary: "Old backups are kept until somebody has looked at an anomaly",
    description:
      "Nothing of {{ $labels.database }} is deleted. Look at the anomaly that froze it: golive backup accept, or restore.",
    runbook: "backup-size-dropped",
    why: "nothing is lost by waiting; the store grows",
  },
  BackupNotificationsUndelivered: {
    severity: "ticket",
    for: "15m",
    expr: `${newest("database, kind", "undelivered_notifications")} > 0`,
    summary: "Slack, email or PagerDuty did not take the last message about a backup",
    description:
      "{{ $value }} messages about {{ $labels.kind }} of {{ $labels.database }} were not taken. See which channel refuses: an expired key is the usual one.",
    runbook: "alerts-undelivered",
    why: "each channel is tried several times before it counts",
  },
  BackupMonitorAbsent: {
    severity: "page",
    for: "15m",
    expr: `absent(${of("monitor_timestamp_seconds")}) or time() - max(${of("monitor_timestamp_seconds")}) > 1800`,
    summary: "Nobody looks at the backups: every other alert about them is blind",
    description:
      "The monitor of the backups answers no scrape, or its last look was long ago. See whether its pod runs, and what it said last.",
    runbook: "metrics-missing",
    why: "six looks in a row failed, or the monitor answers no scrape",
    labels: { job: "backups" },
  },
  WalArchiveFailing: {
    severity: "page",
    for: "10m",
    expr: `max by (namespace) (${of("wal_archiver_failing")}) == 1 or max by (namespace) (cnpg_collector_pg_wal_archive_status{job="postgres",value="ready"}) > 3`,
    summary:
      "The write-ahead log does not reach its archive: the latest moments could not be restored, and the disk fills",
    description:
      "The archive in {{ $labels.namespace }} falls behind. The log of the primary has the store's answer; watch the space on its volume until it is mended.",
    runbook: "wal-archive-stale",
    why: "a segment is closed every five minutes and archived within seconds",
  },
  BaseBackupStale: {
    severity: "ticket",
    for: "6h",
    expr: `${baseBackup} == 0 or time() - (${baseBackup} > 0) > 26 * 3600`,
    summary: "There is no fresh base backup: a recovery to a moment replays too much log, or cannot start",
    description:
      "There is no base backup younger than 26 hours in {{ $labels.namespace }}. Look at the newest Backup objects: each has its error.",
    runbook: "wal-archive-stale",
    why: "one is taken each night; six hours let a new platform, or a long one, finish",
  },
  ReplicationSlotRetainsWal: {
    severity: "ticket",
    for: "10m",
    expr: `${newest("slot", "slot_retained_bytes")} > 1e9`,
    summary: "A replication slot holds a gigabyte of write-ahead log back; the disk fills until its reader comes",
    description:
      "The slot {{ $labels.slot }} holds back {{ $value | humanize1024 }}B. Find its reader; drop the slot if it is gone for good.",
    runbook: "postgres-replication",
    why: "a standby that restarts needs minutes, and far less",
  },
} as const satisfies Alerts;
