import { type AlertCases, noData, noDataForDays } from "./alert-case.ts";
import type { backupAlerts } from "./backup-alerts.ts";

/** A series of the monitor. Promtool's clock begins at 1970: a moment long past is a small number, and `time()` is minutes. */
const of = (metric: string, labels = 'database="app"') =>
  `golive_backup_${metric}{job="backups"${labels && `,${labels}`}}`;
const objective = (metric: string) => of(metric, "");
const due = (kind: string) => of("due_seconds", `kind="${kind}"`);
const app = { database: "app" };
const drill = 'database="app",plane="dump"';
const base = (instance: string) =>
  `barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{job="postgres",namespace="app",pod="${instance}"}`;

/** A moment at minute 1, and what is due an hour later: late from minute 61 on. */
const dueHourly = (metric: string, kind: string): Record<string, string> => ({
  [of(metric)]: "60x200",
  [due(kind)]: "3600x200",
});

const drillDue = (plane: string) => of("drill_due_seconds", `plane="${plane}"`);
/** Drills of these planes, that passed at these seconds and are due hourly. */
const drilledAt = (passed: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(passed).flatMap(([plane, at]) => [
      [of("drill_timestamp_seconds", `database="app",plane="${plane}"`), `${at}x200`],
      [drillDue(plane), "3600x200"],
    ]),
  );

export const backupAlertCases: AlertCases<keyof typeof backupAlerts> = {
  BackupNotProven: [
    {
      series: { [of("rpo_seconds")]: "0+60x200", [objective("rpo_objective_seconds")]: "3600x200" },
      at: "80m",
      fires: app,
      value: "1h 20m 0s",
    },
    // Two databases: the fresh one stays silent.
    {
      series: {
        [of("rpo_seconds")]: "0+60x200",
        [of("rpo_seconds", 'database="other"')]: "60x200",
        [objective("rpo_objective_seconds")]: "3600x200",
      },
      at: "80m",
      fires: app,
      value: "1h 20m 0s",
    },
    { series: { [of("rpo_seconds")]: "0+60x200", [objective("rpo_objective_seconds")]: "3600x200" }, at: "70m" },
    noData,
  ],
  BackupNeverProven: [
    { every: "1h", series: { [of("last_proven_timestamp_seconds")]: "0x40" }, at: "28h", fires: app },
    { every: "1h", series: { [of("last_proven_timestamp_seconds")]: "0x3 10800x40" }, at: "28h" },
    { every: "1h", series: { [of("last_proven_timestamp_seconds")]: "0x40" }, at: "20h" },
    noDataForDays,
  ],
  BackupMissed: [
    { series: dueHourly("last_scheduled_timestamp_seconds", "backup"), at: "75m", fires: app, value: "1h 14m 0s" },
    { series: dueHourly("last_scheduled_timestamp_seconds", "backup"), at: "55m" },
    // Never one: not missed, and told by another alert.
    { series: { [of("last_scheduled_timestamp_seconds")]: "0x200", [due("backup")]: "3600x200" }, at: "75m" },
    // Not the limit of another job.
    { series: { ...dueHourly("last_scheduled_timestamp_seconds", "verify"), [due("backup")]: "86400x200" }, at: "75m" },
    noData,
  ],
  BackupVerifyMissed: [
    { series: dueHourly("last_verified_timestamp_seconds", "verify"), at: "75m", fires: app, value: "1h 14m 0s" },
    { series: dueHourly("last_verified_timestamp_seconds", "verify"), at: "55m" },
    noData,
  ],
  BackupRunFailing: [
    {
      series: { [of("run_failing", 'database="app",kind="verify"')]: "1x20" },
      at: "10m",
      fires: { ...app, kind: "verify" },
    },
    { series: { [of("run_failing", 'database="app",kind="verify"')]: "1x3 0x20" }, at: "10m" },
    noData,
  ],
  BackupScheduleSuspended: [
    {
      series: {
        [of("schedule_suspended", 'schedule="backup"')]: "1x60",
        [of("schedule_suspended", 'schedule="backup-prune"')]: "0x60",
      },
      at: "40m",
      fires: { schedule: "backup" },
    },
    { series: { [of("schedule_suspended", 'schedule="backup"')]: "1x20 0x40" }, at: "40m" },
    noData,
  ],
  BackupSizeDropped: [
    { series: { [of("bytes_ratio")]: "0.4x20", [of("rows_ratio")]: "1x20" }, at: "10m", fires: app, value: "40%" },
    { series: { [of("bytes_ratio")]: "1x20", [of("rows_ratio")]: "0.4x20" }, at: "10m", fires: app, value: "40%" },
    { series: { [of("bytes_ratio")]: "0.4x20", [of("rows_ratio")]: "0.4x20" }, at: "10m", fires: app, value: "40%" },
    { series: { [of("bytes_ratio")]: "0.6x20", [of("rows_ratio")]: "3x20" }, at: "10m" },
    noData,
  ],
  BackupDataLost: [
    { series: { [of("bytes_ratio")]: "0.5x20", [of("rows_ratio")]: "0.05x20" }, at: "10m", fires: app, value: "5%" },
    { series: { [of("bytes_ratio")]: "0.3x20", [of("rows_ratio")]: "0.3x20" }, at: "10m" },
    noData,
  ],
  BackupDamaged: [
    {
      series: {
        [of("count", 'database="app",state="damaged"')]: "1x20",
        [of("count", 'database="app",state="untrusted"')]: "0x20",
      },
      at: "10m",
      fires: app,
      value: "1",
    },
    {
      series: { [of("count", 'database="app",state="untrusted"')]: "2x20" },
      at: "10m",
      fires: app,
      value: "2",
    },
    {
      series: {
        [of("count", 'database="app",state="incomplete"')]: "3x20",
        [of("count", 'database="app",state="damaged"')]: "0x20",
      },
      at: "10m",
    },
    noData,
  ],
  BackupDrillStale: [
    { series: drilledAt({ dump: 60 }), at: "75m", fires: { ...app, plane: "dump" }, value: "1h 14m 0s" },
    // One plane is fresh, the other is not.
    {
      series: drilledAt({ dump: 60, "point-in-time": 3600 }),
      at: "75m",
      fires: { ...app, plane: "dump" },
      value: "1h 14m 0s",
    },
    // A plane that is drilled more rarely is not held against the schedule of the other.
    { series: { ...drilledAt({ "point-in-time": 60 }), [drillDue("point-in-time")]: "86400x200" }, at: "75m" },
    { series: drilledAt({ dump: 60 }), at: "55m" },
    noData,
  ],
  BackupNeverDrilled: [
    {
      every: "1h",
      series: { [of("drill_timestamp_seconds", drill)]: "0x300" },
      at: "194h",
      fires: { ...app, plane: "dump" },
    },
    { every: "1h", series: { [of("drill_timestamp_seconds", drill)]: "0x300" }, at: "190h" },
    { every: "1h", series: { [of("drill_timestamp_seconds", drill)]: "0x100 360000x200" }, at: "194h" },
    noDataForDays,
  ],
  BackupDrillRed: [
    { series: { [of("drill_red", drill)]: "1x20" }, at: "10m", fires: { ...app, plane: "dump" } },
    { series: { [of("drill_red", drill)]: "0x20" }, at: "10m" },
    noData,
  ],
  BackupRestoreTooSlow: [
    {
      series: {
        [of("drill_rto_seconds", `${drill},phase="total"`)]: "4000x20",
        [of("drill_rto_seconds", `${drill},phase="restore"`)]: "3500x20",
        [objective("rto_objective_seconds")]: "3600x20",
      },
      at: "10m",
      fires: { ...app, plane: "dump" },
      value: "1h 6m 40s",
    },
    {
      series: {
        [of("drill_rto_seconds", `${drill},phase="total"`)]: "3000x20",
        [objective("rto_objective_seconds")]: "3600x20",
      },
      at: "10m",
    },
    noData,
  ],
  BackupStoreDown: [
    {
      series: { [of("store_up", 'store="s3://b"')]: "0x30", [of("store_up", 'store="/disk"')]: "1x30" },
      at: "20m",
      fires: { store: "s3://b" },
    },
    { series: { [of("store_up", 'store="s3://b"')]: "0x10 1x20" }, at: "20m" },
    noData,
  ],
  BackupStorageUnfit: [
    { series: { [of("check_status", 'database="",check="storage"')]: "2x60" }, at: "40m", fires: { check: "storage" } },
    {
      series: {
        [of("check_status", 'database="",check="storage"')]: "1x60",
        [of("check_status", 'database="app",check="drill"')]: "2x60",
      },
      at: "40m",
    },
    noData,
  ],
  BackupPruneFrozen: [
    { series: { [of("prune_frozen")]: "1x90" }, at: "70m", fires: app },
    { series: { [of("prune_frozen")]: "0x90" }, at: "70m" },
    noData,
  ],
  BackupNotificationsUndelivered: [
    {
      series: { [of("undelivered_notifications", 'database="app",kind="backup"')]: "1x30" },
      at: "20m",
      fires: { ...app, kind: "backup" },
      value: "1",
    },
    { series: { [of("undelivered_notifications", 'database="app",kind="backup"')]: "0x30" }, at: "20m" },
    noData,
  ],
  BackupMonitorAbsent: [
    { ...noData, fires: {} },
    { series: { [of("monitor_timestamp_seconds", 'pod="a"')]: "0+60x10 600x90" }, at: "60m", fires: {} },
    { series: { [of("monitor_timestamp_seconds", 'pod="a"')]: "0+60x90" }, at: "60m" },
  ],
  WalArchiveFailing: [
    { series: { [of("wal_archiver_failing", 'namespace="app"')]: "1x20" }, at: "15m", fires: { namespace: "app" } },
    {
      series: {
        'cnpg_collector_pg_wal_archive_status{job="postgres",namespace="app",pod="pg-1",value="ready"}': "9x20",
      },
      at: "15m",
      fires: { namespace: "app" },
    },
    {
      series: {
        [of("wal_archiver_failing", 'namespace="app"')]: "0x20",
        'cnpg_collector_pg_wal_archive_status{job="postgres",namespace="app",pod="pg-1",value="ready"}': "1x20",
        'cnpg_collector_pg_wal_archive_status{job="postgres",namespace="app",pod="pg-1",value="done"}': "90x20",
      },
      at: "15m",
    },
    noData,
  ],
  BaseBackupStale: [
    { every: "1h", series: { [base("pg-1")]: "3600x60" }, at: "35h", fires: { namespace: "app" } },
    { every: "1h", series: { [base("pg-1")]: "3600x60" }, at: "26h" },
    {
      every: "1h",
      series: { [base("pg-1")]: "0x20", [base("pg-2")]: "0x20" },
      at: "7h",
      fires: { namespace: "app" },
    },
    // One instance has not heard of it yet.
    { every: "1h", series: { [base("pg-1")]: "0x20", [base("pg-2")]: "3600x20" }, at: "7h" },
    // Point in time is off: there is no such series.
    noDataForDays,
  ],
  ReplicationSlotRetainsWal: [
    {
      series: { [of("slot_retained_bytes", 'slot="lost"')]: "2e9x20" },
      at: "15m",
      fires: { slot: "lost" },
      value: "1.863Gi",
    },
    { series: { [of("slot_retained_bytes", 'slot="lost"')]: "1e6x20" }, at: "15m" },
    noData,
  ],
};
