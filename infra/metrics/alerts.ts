import type { Alert } from "./alert.ts";
import { backupAlerts } from "./backup-alerts.ts";

/** Promise of the gateway: 99.9 % of requests without a server error over 30 days. */
export const errorBudget = 0.001;
/** Promise of the gateway: 99 % of requests within half a second. */
export const slowBudget = 0.01;

const errors = (window: string) => `gateway:http_errors:ratio_rate${window}`;
const slow = (window: string) => `gateway:http_slow:ratio_rate${window}`;
const burns = (series: string, factor: number, budget: number) => `${series} > ${factor} * ${budget}`;

/** Every alert names only series that exist in the running platform; each has a test that it fires and that it stays silent. */
export const alerts = {
  GatewayErrorBudgetBurnFast: {
    severity: "page",
    for: "2m",
    expr: `(${burns(errors("1h"), 14.4, errorBudget)} and ${burns(errors("5m"), 14.4, errorBudget)}) or (${burns(errors("6h"), 6, errorBudget)} and ${burns(errors("30m"), 6, errorBudget)})`,
    summary: "The gateway answers with server errors fast enough to use up the month's budget within days",
    why: "14.4 × over 1 h spends 2 % of the budget, 6 × over 6 h spends 5 %; the short windows end the page when the errors end",
  },
  GatewayErrorBudgetBurnSlow: {
    severity: "ticket",
    for: "15m",
    expr: `(${burns(errors("1d"), 3, errorBudget)} and ${burns(errors("2h"), 3, errorBudget)}) or (${burns(errors("3d"), 1, errorBudget)} and ${burns(errors("6h"), 1, errorBudget)})`,
    summary: "The gateway answers with a few more server errors than the month's budget allows",
    why: "spends 10 % of the budget in a day or in three: nobody has to get up, somebody has to look",
  },
  GatewayLatencyBudgetBurnFast: {
    severity: "page",
    for: "2m",
    expr: `${burns(slow("1h"), 14.4, slowBudget)} and ${burns(slow("5m"), 14.4, slowBudget)}`,
    summary: "More than a seventh of the gateway's answers take longer than half a second",
    why: "14.4 × over 1 h spends 2 % of the latency budget",
  },
  GatewayAbsent: {
    severity: "page",
    for: "3m",
    expr: 'absent(up{job="gateway"} == 1)',
    summary: "No gateway pod answers a scrape",
    why: "three minutes outlast a rollout and a missed scrape",
    labels: { job: "gateway" },
  },
  GatewayEventLoopBlocked: {
    severity: "ticket",
    for: "10m",
    expr: 'max by (pod) (nodejs_eventloop_lag_p99_seconds{job="gateway"}) > 0.2',
    summary: "A gateway pod's event loop is blocked for longer than 200 ms",
    why: "every request of the pod waits as long; ten minutes outlast a garbage collection under load",
  },
  SloSeriesAbsent: {
    severity: "ticket",
    for: "15m",
    expr: `absent(${errors("5m")}) and on () (count(up{job="gateway"} == 1) > 0)`,
    summary: "The gateway is up but its error ratio cannot be computed",
    why: "a renamed metric would silence every budget alert; the gateway counts its probes, so a quiet service has the series",
  },
  PostgresDown: {
    severity: "page",
    for: "2m",
    expr: 'absent(cnpg_collector_up{job="postgres"}) or max by (namespace) (cnpg_collector_up{job="postgres"}) == 0',
    summary: "No PostgreSQL instance answers",
    why: "two minutes outlast a failover, which takes seconds",
    labels: { job: "postgres" },
  },
  PostgresInstanceDown: {
    severity: "ticket",
    for: "10m",
    expr: 'min by (namespace, pod) (cnpg_collector_up{job="postgres"}) == 0 or min by (namespace, pod) (up{job="postgres"}) == 0',
    summary: "One PostgreSQL instance does not answer; the next failure is an outage",
    why: "ten minutes outlast a restart with crash recovery",
  },
  PostgresReplicationLagging: {
    severity: "ticket",
    for: "10m",
    expr: 'max by (namespace, pod) (cnpg_pg_replication_lag{job="postgres"}) > 300',
    summary: "A standby is more than five minutes behind; a failover would lose that much",
    why: "load peaks end within minutes",
  },
  PostgresConnectionsHigh: {
    severity: "page",
    for: "10m",
    expr: 'sum by (namespace, pod) (cnpg_backends_total{job="postgres"}) / max by (namespace, pod) (cnpg_pg_settings_setting{job="postgres",name="max_connections"}) > 0.8',
    summary: "More than four fifths of the connections are taken; at the limit every new request fails",
    why: "ten minutes tell a leak from a burst",
  },
  PostgresIdleInTransaction: {
    severity: "ticket",
    for: "5m",
    expr: 'max by (namespace, pod, datname) (cnpg_backends_max_tx_duration_seconds{job="postgres",state=~"idle in transaction.*"}) > 300',
    summary: "A session holds a transaction open and does nothing; vacuum and locks wait for it",
    why: "no request of the gateway lasts five minutes",
  },
  PostgresXidWraparound: {
    severity: "page",
    for: "30m",
    expr: 'max by (namespace, datname) (cnpg_pg_database_xid_age{job="postgres"}) > 1e9',
    summary: "A database has used half of its transaction ids; at two billion it refuses writes",
    why: "autovacuum freezes at 2e8: at five times that it does not keep up",
  },
  ...backupAlerts,
  TraceIngestRefused: {
    severity: "ticket",
    for: "10m",
    expr: 'sum(rate(otelcol_receiver_refused_spans_total{job="jaeger"}[5m])) / (sum(rate(otelcol_receiver_accepted_spans_total{job="jaeger"}[5m])) + sum(rate(otelcol_receiver_refused_spans_total{job="jaeger"}[5m]))) > 0.01',
    summary: "Jaeger refuses more than one span in a hundred, most likely at its memory limit",
    why: "single refusals are retried by the sender and lose nothing",
  },
  TraceExportFailing: {
    severity: "ticket",
    for: "10m",
    expr: 'sum by (exporter) (rate(otelcol_exporter_send_failed_spans_total{job="jaeger"}[5m])) / (sum by (exporter) (rate(otelcol_exporter_sent_spans_total{job="jaeger"}[5m])) + sum by (exporter) (rate(otelcol_exporter_send_failed_spans_total{job="jaeger"}[5m]))) > 0.05',
    summary: "Jaeger cannot store more than one span in twenty",
    why: "its volume is full or broken; requests are not affected",
  },
  TargetDown: {
    severity: "ticket",
    for: "10m",
    expr: "count by (job) (up == 0) / count by (job) (up) > 0.1",
    summary: "More than a tenth of a job's targets cannot be scraped",
    why: "ten minutes outlast a rollout",
  },
  AlertmanagerNotificationsFailing: {
    severity: "page",
    for: "10m",
    expr: 'sum by (integration) (rate(alertmanager_notifications_failed_total{job="alertmanager"}[10m])) / sum by (integration) (rate(alertmanager_notifications_total{job="alertmanager"}[10m])) > 0.01',
    summary: "Alerts do not reach their receiver",
    why: "the watchdog notifies every minute, so a broken receiver shows without a real alert",
  },
  PrometheusRuleFailures: {
    severity: "page",
    for: "5m",
    expr: 'increase(prometheus_rule_evaluation_failures_total{job="prometheus"}[10m]) > 0',
    summary: "A rule cannot be evaluated: an alert may be blind",
    why: "a failure that repeats is no hiccup",
  },
  ConfigReloadFailed: {
    severity: "ticket",
    for: "5m",
    expr: 'prometheus_config_last_reload_successful{job="prometheus"} == 0 or alertmanager_config_last_reload_successful{job="alertmanager"} == 0',
    summary: "Prometheus or Alertmanager runs on an older configuration than it was given",
    why: "a bad file never goes away by itself",
  },
  Watchdog: {
    severity: "none",
    for: "0s",
    expr: "vector(1)",
    summary: "Always fires: whoever stops hearing it knows that alerting is broken",
    why: "a dead man's switch",
  },
} as const satisfies Record<string, Alert>;
