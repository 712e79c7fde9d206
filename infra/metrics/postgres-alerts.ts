import type { Alerts } from "./alert.ts";

const of = (metric: string, matchers = "") => `cnpg_${metric}{job="postgres"${matchers && `,${matchers}`}}`;
const instance = "namespace, pod";

/** Series of CloudNativePG's collector and its default queries. Every instance has its own; `in_recovery` tells standbys. */
export const postgresAlerts = {
  PostgresDown: {
    severity: "page",
    for: "2m",
    expr: `absent(${of("collector_up")}) or max by (namespace) (${of("collector_up")}) == 0`,
    summary: "No PostgreSQL instance answers",
    description:
      "Not one instance is up, or none can be asked. Look at the pods and at the cluster's status; the log of the primary says why it does not start.",
    runbook: "postgres-down",
    why: "two minutes outlast a failover, which takes seconds",
    labels: { job: "postgres" },
  },
  PostgresNoPrimary: {
    severity: "page",
    for: "2m",
    expr: `min by (namespace) (${of("pg_replication_in_recovery")}) == 1`,
    summary: "No PostgreSQL instance takes writes: all of them are standbys",
    description:
      "Every instance in {{ $labels.namespace }} is in recovery. Read the cluster's status: the operator says which it wants to promote, and what it waits for.",
    runbook: "postgres-failover",
    why: "two minutes outlast a failover, which takes seconds",
  },
  PostgresTwoPrimaries: {
    severity: "page",
    for: "2m",
    expr: `count by (namespace) (${of("pg_replication_in_recovery")} == 0) > 1`,
    summary: "Two PostgreSQL instances take writes; one of the two histories will be lost",
    description:
      "{{ $value }} instances in {{ $labels.namespace }} are no standbys. Fence the one that the cluster's status does not name as primary, before anything else.",
    runbook: "postgres-failover",
    why: "an old primary that is shut down answers for seconds, not for minutes",
  },
  PostgresInstanceDown: {
    severity: "ticket",
    for: "10m",
    expr: `min by (${instance}) (${of("collector_up")}) == 0 or min by (${instance}) (up{job="postgres"}) == 0`,
    summary: "One PostgreSQL instance does not answer; the next failure is an outage",
    description:
      "{{ $labels.pod }} is down or cannot be asked. Read the end of its log; a volume that is full says so there.",
    runbook: "postgres-instance",
    why: "ten minutes outlast a restart with crash recovery",
  },
  PostgresNoStandby: {
    severity: "page",
    for: "15m",
    expr: `max by (namespace) (${of("pg_replication_streaming_replicas")}) == 0`,
    summary: "No standby follows the primary: what is written exists once",
    description:
      "The primary in {{ $labels.namespace }} streams to nobody. Look whether the standbys run, and in their logs why they do not connect.",
    runbook: "postgres-instance",
    why: "a standby that is made anew from a small database needs minutes",
  },
  PostgresStandbyNotStreaming: {
    severity: "ticket",
    for: "15m",
    expr: `min by (${instance}) (${of("pg_replication_is_wal_receiver_up")}) == 0 and on (${instance}) max by (${instance}) (${of("pg_replication_in_recovery")}) == 1`,
    summary: "A standby does not follow the primary",
    description:
      "{{ $labels.pod }} receives no write-ahead log. Read its log: a segment that is gone from the primary means that it must be made anew.",
    runbook: "postgres-instance",
    why: "after a restart it reads from the archive for a while before it streams",
  },
  PostgresReplicationLagging: {
    severity: "ticket",
    for: "10m",
    expr: `max by (${instance}) (${of("pg_replication_lag")}) > 300`,
    summary: "A standby is more than five minutes behind; a failover would lose that much",
    description:
      "{{ $labels.pod }} is {{ $value | humanizeDuration }} behind. Look for a long query on it first, then at what writes so much.",
    runbook: "postgres-replication",
    why: "load peaks end within minutes",
  },
  PostgresConnectionsHigh: {
    severity: "page",
    for: "10m",
    expr: `sum by (${instance}) (${of("backends_total")}) / on (${instance}) max by (${instance}) (${of("pg_settings_setting", 'name="max_connections"')}) > 0.8`,
    summary: "More than four fifths of the connections are taken; at the limit every new request fails",
    description:
      "{{ $value | humanizePercentage }} of {{ $labels.pod }}'s connections are taken. Group them by user and state: idle ones in numbers are a pool that leaks.",
    runbook: "postgres-connections",
    why: "ten minutes tell a leak from a burst",
  },
  PostgresLocksWaiting: {
    severity: "ticket",
    for: "5m",
    expr: `max by (${instance}) (${of("backends_waiting_total")}) > 5`,
    summary: "Many sessions wait for a lock",
    description:
      "{{ $value }} sessions on {{ $labels.pod }} wait for others. Ask pg_blocking_pids who is at the head of the queue; a migration is the usual one.",
    runbook: "postgres-sessions",
    why: "locks are held for milliseconds; five minutes are a queue behind one session",
  },
  PostgresDeadlocks: {
    severity: "ticket",
    for: "0s",
    expr: `sum by (namespace, datname) (increase(${of("pg_stat_database_deadlocks")}[1h])) > 5`,
    summary: "Transactions wait for each other in circles",
    description:
      '{{ $value | printf "%.0f" }} deadlocks in {{ $labels.datname }} within an hour. The log of the primary has both statements of each: make them lock in the same order.',
    runbook: "postgres-sessions",
    why: "a single one is retried; more than five in an hour come from two code paths that disagree",
  },
  PostgresIdleInTransaction: {
    severity: "ticket",
    for: "5m",
    expr: `max by (${instance}, datname) (${of("backends_max_tx_duration_seconds", 'state=~"idle in transaction.*"')}) > 300`,
    summary: "A session holds a transaction open and does nothing; vacuum and locks wait for it",
    description:
      "A transaction in {{ $labels.datname }} has been idle for {{ $value | humanizeDuration }}. Find its application in pg_stat_activity; end it with pg_terminate_backend.",
    runbook: "postgres-sessions",
    why: "no request of the gateway lasts five minutes",
  },
  PostgresTransactionLong: {
    severity: "ticket",
    for: "5m",
    expr: `max by (${instance}, datname, usename) (${of("backends_max_tx_duration_seconds", 'state="active",usename!="backup"')}) > 1800`,
    summary: "A query has run for more than half an hour; vacuum cannot clean up behind it",
    description:
      "{{ $labels.usename }} has had a transaction open in {{ $labels.datname }} for {{ $value | humanizeDuration }}. Read the query in pg_stat_activity; cancel it with pg_cancel_backend.",
    runbook: "postgres-sessions",
    why: "a dump may take hours, and nothing else may",
  },
  PostgresXidWraparound: {
    severity: "page",
    for: "30m",
    expr: `max by (namespace, datname) (${of("pg_database_xid_age")}) > 1e9`,
    summary: "A database has used half of its transaction ids; at two billion it refuses writes",
    description:
      "The oldest row of {{ $labels.datname }} is {{ $value | humanize }} transactions old. End long transactions, drop dead slots, then VACUUM FREEZE the oldest tables.",
    runbook: "postgres-wraparound",
    why: "autovacuum freezes at 2e8: at five times that it does not keep up",
  },
  PostgresMultixactWraparound: {
    severity: "page",
    for: "30m",
    expr: `max by (namespace, datname) (${of("pg_database_mxid_age")}) > 1e9`,
    summary: "A database has used half of its multixact ids; at two billion it refuses writes",
    description:
      "The oldest multixact of {{ $labels.datname }} is {{ $value | humanize }} old. End long transactions, then VACUUM FREEZE the tables with the oldest relminmxid.",
    runbook: "postgres-wraparound",
    why: "autovacuum freezes at 4e8: at more than twice that it does not keep up",
  },
  PostgresFenced: {
    severity: "ticket",
    for: "15m",
    expr: `max by (${instance}) (${of("collector_fencing_on")}) == 1`,
    summary: "An instance is fenced: it stays down until somebody lifts the fence",
    description: "{{ $labels.pod }} is fenced. Ask who did it and why; nothing lifts a fence by itself.",
    runbook: "postgres-instance",
    why: "a fence for an inspection is gone within a quarter of an hour; after it, somebody has forgotten",
  },
  PostgresMetricsFailing: {
    severity: "ticket",
    for: "10m",
    expr: `max by (${instance}) (${of("collector_last_collection_error")}) == 1`,
    summary: "Some metrics of an instance cannot be read: alerts about it may be blind",
    description: "A query for the metrics of {{ $labels.pod }} fails. Its log names the query and the error.",
    runbook: "metrics-missing",
    why: "a query that is cancelled once works at the next scrape",
  },
  PostgresOperatorFailing: {
    severity: "ticket",
    for: "30m",
    expr: 'sum by (controller) (rate(controller_runtime_reconcile_errors_total{job="postgres-operator"}[15m])) > 0.01',
    summary: "The operator of the database cannot do what it wants: failovers may not happen",
    description:
      'The controller {{ $labels.controller }} fails {{ $value | printf "%.2f" }} times a second. Its log has the object and the error.',
    runbook: "postgres-operator",
    why: "conflicts are retried at once and count as errors; half an hour of them is no conflict",
  },
} as const satisfies Alerts;
