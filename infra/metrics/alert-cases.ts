import type { alerts } from "./alerts.ts";
import { backupAlertCases } from "./backup-alert-cases.ts";

/** Series as promtool writes them (a value a minute, or as often as said), the moment that is looked at, and the labels of what fires. */
export interface AlertCase {
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Pause between two values and two looks at the rules; longer for alerts that wait for days. @default 1m */
  readonly every?: "1m" | "1h";
  /** Labels besides the alert's own; nothing when the alert must stay silent. */
  readonly fires?: Readonly<Record<string, string>>;
}

const requests = (status: string) =>
  `http_server_request_duration_seconds_count{job="gateway",http_response_status_code="${status}"}`;
const fast = 'http_server_request_duration_seconds_bucket{job="gateway",le="0.5"}';
const up = (job: string, pod: string) => `up{job="${job}",namespace="app",pod="${pod}"}`;
const collector = (pod: string) => `cnpg_collector_up{job="postgres",namespace="app",pod="${pod}"}`;
const spans = (name: string) => `otelcol_${name}_spans_total{job="jaeger",exporter="store"}`;
const notified = (name: string) => `alertmanager_notifications_${name}{job="alertmanager",integration="webhook"}`;

/** For each alert: when it fires, and when it stays silent although something happens; both sides are tried by promtool. */
export const alertCases: Readonly<Record<keyof typeof alerts, readonly AlertCase[]>> = {
  GatewayErrorBudgetBurnFast: [
    { series: { [requests("200")]: "0+950x90", [requests("500")]: "0+50x90" }, at: "70m", fires: {} },
    // Three bad minutes that are over: the short window has forgotten them.
    { series: { [requests("200")]: "0+1000x120", [requests("500")]: "0x60 0+500x3 1500x57" }, at: "100m" },
    { series: { [requests("200")]: "0+950x90", [requests("500")]: "0+0x90" }, at: "70m" },
    { series: {}, at: "70m" },
  ],
  GatewayErrorBudgetBurnSlow: [
    { series: { [requests("200")]: "0+995x180", [requests("500")]: "0+5x180" }, at: "150m", fires: {} },
    { series: { [requests("200")]: "0+9999x180", [requests("500")]: "0+1x180" }, at: "150m" },
  ],
  GatewayLatencyBudgetBurnFast: [
    { series: { [requests("200")]: "0+100x90", [fast]: "0+70x90" }, at: "70m", fires: {} },
    { series: { [requests("200")]: "0+100x90", [fast]: "0+99x90" }, at: "70m" },
  ],
  GatewayAbsent: [
    { series: { [up("gateway", "a")]: "1 1 0x10" }, at: "8m", fires: {} },
    { series: {}, at: "8m", fires: {} },
    { series: { [up("gateway", "a")]: "0x10", [up("gateway", "b")]: "1x10" }, at: "8m" },
  ],
  GatewayEventLoopBlocked: [
    { series: { 'nodejs_eventloop_lag_p99_seconds{job="gateway",pod="a"}': "0.5x20" }, at: "15m", fires: { pod: "a" } },
    { series: { 'nodejs_eventloop_lag_p99_seconds{job="gateway",pod="a"}': "0.05x20" }, at: "15m" },
  ],
  SloSeriesAbsent: [
    { series: { [up("gateway", "a")]: "1x60" }, at: "20m", fires: {} },
    { series: { [up("gateway", "a")]: "1x60", [requests("200")]: "0+1x60", [requests("500")]: "0x60" }, at: "20m" },
    { series: {}, at: "20m" },
  ],
  PostgresDown: [
    { series: {}, at: "5m", fires: {} },
    { series: { [collector("pg-1")]: "0x10", [collector("pg-2")]: "0x10" }, at: "5m", fires: { namespace: "app" } },
    { series: { [collector("pg-1")]: "0x10", [collector("pg-2")]: "1x10" }, at: "5m" },
  ],
  PostgresInstanceDown: [
    {
      series: { [collector("pg-1")]: "0x20", [collector("pg-2")]: "1x20" },
      at: "12m",
      fires: { namespace: "app", pod: "pg-1" },
    },
    { series: { [up("postgres", "pg-1")]: "0x20" }, at: "12m", fires: { namespace: "app", pod: "pg-1" } },
    { series: { [collector("pg-1")]: "1x20", [up("postgres", "pg-1")]: "1x20" }, at: "12m" },
  ],
  PostgresReplicationLagging: [
    {
      series: { 'cnpg_pg_replication_lag{job="postgres",namespace="app",pod="pg-2"}': "400x20" },
      at: "12m",
      fires: { namespace: "app", pod: "pg-2" },
    },
    { series: { 'cnpg_pg_replication_lag{job="postgres",namespace="app",pod="pg-2"}': "400x5 0x20" }, at: "12m" },
  ],
  PostgresConnectionsHigh: [
    {
      series: {
        'cnpg_backends_total{job="postgres",namespace="app",pod="pg-1",state="active"}': "50x20",
        'cnpg_backends_total{job="postgres",namespace="app",pod="pg-1",state="idle"}': "40x20",
        'cnpg_pg_settings_setting{job="postgres",namespace="app",pod="pg-1",name="max_connections"}': "100x20",
      },
      at: "12m",
      fires: { namespace: "app", pod: "pg-1" },
    },
    {
      series: {
        'cnpg_backends_total{job="postgres",namespace="app",pod="pg-1",state="active"}': "50x20",
        'cnpg_pg_settings_setting{job="postgres",namespace="app",pod="pg-1",name="max_connections"}': "100x20",
      },
      at: "12m",
    },
  ],
  PostgresIdleInTransaction: [
    {
      series: {
        'cnpg_backends_max_tx_duration_seconds{job="postgres",namespace="app",pod="pg-1",datname="app",state="idle in transaction"}':
          "400x20",
      },
      at: "10m",
      fires: { namespace: "app", pod: "pg-1", datname: "app" },
    },
    {
      series: {
        'cnpg_backends_max_tx_duration_seconds{job="postgres",namespace="app",pod="pg-1",datname="app",state="active"}':
          "400x20",
      },
      at: "10m",
    },
  ],
  PostgresXidWraparound: [
    {
      series: { 'cnpg_pg_database_xid_age{job="postgres",namespace="app",datname="app"}': "1.1e9x60" },
      at: "40m",
      fires: { namespace: "app", datname: "app" },
    },
    { series: { 'cnpg_pg_database_xid_age{job="postgres",namespace="app",datname="app"}': "2e8x60" }, at: "40m" },
  ],
  ...backupAlertCases,
  TraceIngestRefused: [
    {
      series: { [spans("receiver_refused")]: "0+5x60", [spans("receiver_accepted")]: "0+95x60" },
      at: "20m",
      fires: {},
    },
    { series: { [spans("receiver_refused")]: "0+1x60", [spans("receiver_accepted")]: "0+999x60" }, at: "20m" },
  ],
  TraceExportFailing: [
    {
      series: { [spans("exporter_send_failed")]: "0+10x60", [spans("exporter_sent")]: "0+90x60" },
      at: "20m",
      fires: { exporter: "store" },
    },
    { series: { [spans("exporter_send_failed")]: "0+1x60", [spans("exporter_sent")]: "0+99x60" }, at: "20m" },
  ],
  TargetDown: [
    { series: { [up("x", "a")]: "0x20", [up("x", "b")]: "1x20" }, at: "12m", fires: { job: "x" } },
    { series: { [up("x", "a")]: "1x20", [up("x", "b")]: "1x20" }, at: "12m" },
  ],
  AlertmanagerNotificationsFailing: [
    {
      series: { [notified("failed_total")]: "0+1x60", [notified("total")]: "0+10x60" },
      at: "25m",
      fires: { integration: "webhook" },
    },
    { series: { [notified("failed_total")]: "0x60", [notified("total")]: "0+10x60" }, at: "25m" },
  ],
  PrometheusRuleFailures: [
    {
      series: { 'prometheus_rule_evaluation_failures_total{job="prometheus"}': "0+1x60" },
      at: "20m",
      fires: { job: "prometheus" },
    },
    { series: { 'prometheus_rule_evaluation_failures_total{job="prometheus"}': "7x60" }, at: "20m" },
  ],
  ConfigReloadFailed: [
    {
      series: { 'prometheus_config_last_reload_successful{job="prometheus"}': "0x20" },
      at: "10m",
      fires: { job: "prometheus" },
    },
    {
      series: { 'alertmanager_config_last_reload_successful{job="alertmanager"}': "0x20" },
      at: "10m",
      fires: { job: "alertmanager" },
    },
    { series: { 'prometheus_config_last_reload_successful{job="prometheus"}': "1x20" }, at: "10m" },
  ],
  // Silence is the one thing it never does.
  Watchdog: [{ series: {}, at: "1m", fires: {} }],
};
