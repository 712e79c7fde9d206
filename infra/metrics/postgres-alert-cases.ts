import { type AlertCase, type AlertCases, noData } from "./alert-case.ts";
import type { postgresAlerts } from "./postgres-alerts.ts";

type Series = AlertCase["series"];

const of = (metric: string, pod: string, labels = "") =>
  `cnpg_${metric}{job="postgres",namespace="app",pod="${pod}"${labels && `,${labels}`}}`;
/** A metric of two instances. */
const both = (metric: string, first: string, second: string): Series => ({
  [of(metric, "pg-1")]: first,
  [of(metric, "pg-2")]: second,
});
const up = (pod: string) => `up{job="postgres",namespace="app",pod="${pod}"}`;
const sessions = (state: string, usename: string, longestSeconds: string): Series => ({
  [of("backends_max_tx_duration_seconds", "pg-1", `datname="app",state="${state}",usename="${usename}"`)]:
    longestSeconds,
});
const connections = (counts: Readonly<Record<string, number>>): Series => ({
  ...Object.fromEntries(
    Object.entries(counts).map(([state, count]) => [of("backends_total", "pg-1", `state="${state}"`), `${count}x20`]),
  ),
  [of("pg_settings_setting", "pg-1", 'name="max_connections"')]: "100x20",
  [of("pg_settings_setting", "pg-1", 'name="shared_buffers"')]: "8192x20",
});
const age = (metric: string, values: string): Series => ({ [of(metric, "pg-1", 'datname="app"')]: values });

const app = { namespace: "app" };
const first = { ...app, pod: "pg-1" };
const second = { ...app, pod: "pg-2" };
const database = { ...app, datname: "app" };

export const postgresAlertCases: AlertCases<keyof typeof postgresAlerts> = {
  PostgresDown: [
    { series: both("collector_up", "0x10", "0x10"), at: "5m", fires: app },
    { series: both("collector_up", "0x10", "1x10"), at: "5m" },
    { ...noData, fires: {} },
  ],
  PostgresNoPrimary: [
    { series: both("pg_replication_in_recovery", "1x10", "1x10"), at: "5m", fires: app },
    { series: both("pg_replication_in_recovery", "0 0 1 1 1 1 1", "1 1 1 0 0 0 0"), at: "5m" },
    // That is another alert's.
    noData,
  ],
  PostgresTwoPrimaries: [
    { series: both("pg_replication_in_recovery", "0x10", "1 1 0x10"), at: "6m", fires: app, value: "2" },
    // A failover: the old primary's series ends.
    { series: both("pg_replication_in_recovery", "0 0 0 stale", "1 1 0x10"), at: "6m" },
    noData,
  ],
  PostgresInstanceDown: [
    { series: both("collector_up", "0x20", "1x20"), at: "12m", fires: first },
    { series: { [up("pg-1")]: "0x20" }, at: "12m", fires: first },
    { series: { [of("collector_up", "pg-1")]: "1x20", [up("pg-1")]: "1x20" }, at: "12m" },
    noData,
  ],
  PostgresNoStandby: [
    { series: both("pg_replication_streaming_replicas", "0x30", "0x30"), at: "20m", fires: app },
    { series: both("pg_replication_streaming_replicas", "1x30", "0x30"), at: "20m" },
    { series: both("pg_replication_streaming_replicas", "1x5 0x5 1x30", "0x30"), at: "20m" },
    noData,
  ],
  PostgresStandbyNotStreaming: [
    {
      series: {
        ...both("pg_replication_is_wal_receiver_up", "0x30", "0x30"),
        ...both("pg_replication_in_recovery", "0x30", "1x30"),
      },
      at: "20m",
      fires: second,
    },
    {
      series: {
        ...both("pg_replication_is_wal_receiver_up", "0x30", "1x30"),
        ...both("pg_replication_in_recovery", "0x30", "1x30"),
      },
      at: "20m",
    },
    noData,
  ],
  PostgresReplicationLagging: [
    { series: both("pg_replication_lag", "0x20", "400x20"), at: "12m", fires: second, value: "6m 40s" },
    { series: both("pg_replication_lag", "0x20", "400x5 0x20"), at: "12m" },
    noData,
  ],
  PostgresConnectionsHigh: [
    { series: connections({ active: 50, idle: 40 }), at: "12m", fires: first, value: "90%" },
    { series: connections({ active: 50 }), at: "12m" },
    noData,
  ],
  PostgresLocksWaiting: [
    { series: both("backends_waiting_total", "9x20", "0x20"), at: "10m", fires: first, value: "9" },
    { series: both("backends_waiting_total", "9x3 0x20", "0x20"), at: "10m" },
    noData,
  ],
  PostgresDeadlocks: [
    { series: age("pg_stat_database_deadlocks", "0+1x60"), at: "30m", fires: database, value: "30" },
    { series: age("pg_stat_database_deadlocks", "40x20 41x40"), at: "30m" },
    noData,
  ],
  PostgresIdleInTransaction: [
    {
      series: sessions("idle in transaction", "app", "400x20"),
      at: "10m",
      fires: { ...first, datname: "app" },
      value: "6m 40s",
    },
    { series: sessions("active", "app", "400x20"), at: "10m" },
    noData,
  ],
  PostgresTransactionLong: [
    {
      series: sessions("active", "app", "2000x20"),
      at: "10m",
      fires: { ...first, datname: "app", usename: "app" },
      value: "33m 20s",
    },
    // A dump.
    { series: sessions("active", "backup", "9000x20"), at: "10m" },
    { series: sessions("active", "app", "1000x20"), at: "10m" },
    noData,
  ],
  PostgresXidWraparound: [
    { series: age("pg_database_xid_age", "1.1e9x60"), at: "40m", fires: database, value: "1.1G" },
    { series: age("pg_database_xid_age", "2e8x60"), at: "40m" },
    noData,
  ],
  PostgresMultixactWraparound: [
    { series: age("pg_database_mxid_age", "1.1e9x60"), at: "40m", fires: database, value: "1.1G" },
    { series: age("pg_database_mxid_age", "4e8x60"), at: "40m" },
    noData,
  ],
  PostgresFenced: [
    { series: both("collector_fencing_on", "1x30", "0x30"), at: "20m", fires: first },
    { series: both("collector_fencing_on", "1x5 0x30", "0x30"), at: "20m" },
    noData,
  ],
  PostgresMetricsFailing: [
    { series: both("collector_last_collection_error", "1x20", "0x20"), at: "12m", fires: first },
    { series: both("collector_last_collection_error", "1 0 1 0 1 0 1 0 1 0 1 0 1 0", "0x20"), at: "12m" },
    noData,
  ],
  PostgresOperatorFailing: [
    {
      series: { 'controller_runtime_reconcile_errors_total{job="postgres-operator",controller="cluster"}': "0+3x90" },
      at: "60m",
      fires: { controller: "cluster" },
      value: "0.05",
    },
    // Conflicts while it starts.
    {
      series: { 'controller_runtime_reconcile_errors_total{job="postgres-operator",controller="cluster"}': "0 5 9x90" },
      at: "60m",
    },
    noData,
  ],
};
