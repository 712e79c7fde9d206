/** A series of the metrics server. Data alone: the rules of Prometheus and their tests read this table too. */
export interface Metric {
  readonly help: string;
  readonly labels: readonly string[];
  /** @default gauge */
  readonly type?: "counter";
}

const ofDatabase = ["database"];
const ofDrill = ["database", "plane"];
const ofStore = ["store"];

export const metricTable = {
  golive_backup_last_success_timestamp_seconds: {
    help: "Moment that the newest backup of the database shows; 0 when there is none.",
    labels: ofDatabase,
  },
  golive_backup_last_proven_timestamp_seconds: {
    help: "Moment that the newest proven backup shows: read whole or restored, and right; 0 when there is none.",
    labels: ofDatabase,
  },
  golive_backup_last_scheduled_timestamp_seconds: {
    help: "Moment that the newest backup made by the schedule shows; 0 when there is none.",
    labels: ofDatabase,
  },
  golive_backup_last_verified_timestamp_seconds: {
    help: "When a backup of the database was last verified, whatever came out; 0 when never.",
    labels: ofDatabase,
  },
  golive_backup_age_seconds: { help: "Age of the newest backup, at the moment of the scrape.", labels: ofDatabase },
  golive_backup_rpo_seconds: {
    help: "What would be lost if the database were lost now: age of the newest proven backup.",
    labels: ofDatabase,
  },
  golive_backup_rpo_objective_seconds: { help: "How old the newest proven backup may be.", labels: [] },
  golive_backup_rto_objective_seconds: { help: "How long a restore may take.", labels: [] },
  golive_backup_due_seconds: {
    help: "How long after the last one a run of this kind (backup, verify) is overdue.",
    labels: ["kind"],
  },
  golive_backup_bytes: { help: "Stored size of the newest backup.", labels: ofDatabase },
  golive_backup_plain_bytes: { help: "Size of the newest dump before compression.", labels: ofDatabase },
  golive_backup_rows: { help: "Rows in the newest backup.", labels: ofDatabase },
  golive_backup_bytes_ratio: {
    help: "Size of the newest dump over the median of the seven before it.",
    labels: ofDatabase,
  },
  golive_backup_rows_ratio: {
    help: "Rows of the newest backup over the median of the seven before it.",
    labels: ofDatabase,
  },
  golive_backup_duration_seconds: { help: "How long the newest backup took to make.", labels: ofDatabase },
  golive_backup_count: {
    help: "Backups in the store by state: complete, proven, incomplete, damaged, untrusted.",
    labels: ["database", "state"],
  },
  golive_backup_stored_bytes: { help: "Size of everything stored of the database.", labels: ofDatabase },
  golive_backup_retained: { help: "Backups that a rule of retention keeps.", labels: ofDatabase },
  golive_backup_prunable: { help: "Backups that the next prune removes.", labels: ofDatabase },
  golive_backup_prune_frozen: { help: "1 while pruning waits for a person to look.", labels: ofDatabase },
  golive_backup_drill_timestamp_seconds: { help: "When a drill last passed; 0 when never.", labels: ofDrill },
  golive_backup_drill_due_seconds: {
    help: "How long after the last one that passed a drill is overdue.",
    labels: ["plane"],
  },
  golive_backup_drill_red: { help: "1 when the last drill found that a backup does not restore.", labels: ofDrill },
  golive_backup_drill_rto_seconds: {
    help: "How long the last drill that passed took, by phase: fetch, restore, compare, total.",
    labels: ["database", "plane", "phase"],
  },
  golive_backup_check_status: {
    help: "State of a health check: 0 ok, 1 warn, 2 fail, 3 unknown. The database is empty for checks of the platform.",
    labels: ["database", "check"],
  },
  golive_backup_run_failing: {
    help: "1 when the last run of this kind (backup, prune, verify, drill) failed and told so.",
    labels: ["database", "kind"],
  },
  golive_backup_schedule_suspended: {
    help: "1 when a CronJob of the backups is suspended or missing.",
    labels: ["schedule"],
  },
  golive_backup_undelivered_notifications: {
    help: "Channels that did not take the last notification of a run.",
    labels: ["database", "kind"],
  },
  golive_backup_store_up: { help: "1 when the store answers.", labels: ofStore },
  golive_backup_store_clock_skew_seconds: { help: "The store's clock minus the monitor's.", labels: ofStore },
  golive_backup_store_free_bytes: { help: "Free space of a store in a folder.", labels: ofStore },
  golive_backup_store_unfinished_uploads: { help: "Uploads older than a day that nobody finished.", labels: ofStore },
  golive_backup_wal_archived_timestamp_seconds: { help: "When WAL was last archived; 0 when never.", labels: [] },
  golive_backup_wal_waiting_segments: { help: "Full segments of WAL that wait for the archive.", labels: [] },
  golive_backup_wal_archiver_failing: { help: "1 when the archiver's last try failed.", labels: [] },
  golive_backup_wal_first_recoverable_timestamp_seconds: {
    help: "Earliest moment that the WAL archive can restore.",
    labels: [],
  },
  golive_backup_slot_retained_bytes: { help: "WAL that a replication slot holds back.", labels: ["slot"] },
  golive_backup_monitor_timestamp_seconds: { help: "When the last look was complete; 0 before the first.", labels: [] },
  golive_backup_monitor_duration_seconds: { help: "How long the last look took.", labels: [] },
  golive_backup_monitor_errors_total: {
    help: "Looks that could not list the backups. Their series stay as they were last seen.",
    labels: [],
    type: "counter",
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metricTable;
