import { type AlertCase, type AlertCases, noData } from "./alert-case.ts";
import { type monitoringAlerts, watchedJobs } from "./monitoring-alerts.ts";

type Series = AlertCase["series"];

const up = (job: string, pod = "a") => `up{job="${job}",pod="${pod}"}`;
const of = (metric: string, labels = "") => `prometheus_${metric}{job="prometheus",pod="p"${labels && `,${labels}`}}`;
const group = 'rule_group="/etc/prometheus/rules.yaml;alerts"';
const notified = (what: "failed_total" | "total", aMinute: number, integration: string): Series => ({
  [`alertmanager_notifications_${what}{job="alertmanager",integration="${integration}"}`]: `0+${aMinute}x60`,
});
const inGroup = { job: "prometheus", pod: "p", rule_group: "/etc/prometheus/rules.yaml;alerts" };
const inPod = { job: "prometheus", pod: "p" };
const present = (jobs: readonly string[]): Series => Object.fromEntries(jobs.map((job) => [up(job), "0x90"]));

export const monitoringAlertCases: AlertCases<keyof typeof monitoringAlerts> = {
  TargetDown: [
    {
      series: { [up("x", "a")]: "0x20", [up("x", "b")]: "1x20", [up("y")]: "1x20" },
      at: "12m",
      fires: { job: "x" },
      value: "50%",
    },
    { series: { [up("x", "a")]: "1x20", [up("x", "b")]: "1x20" }, at: "12m" },
    noData,
  ],
  TargetsAbsent: [
    {
      series: present(watchedJobs.filter((job) => job !== "jaeger")),
      at: "15m",
      fires: { job: "jaeger" },
    },
    // Down is another alert's.
    { series: present(watchedJobs), at: "15m" },
    { ...noData, fires: watchedJobs.map((job) => ({ job })) },
  ],
  PrometheusRuleFailures: [
    { series: { [of("rule_evaluation_failures_total", group)]: "0+1x60" }, at: "20m", fires: inGroup, value: "10" },
    { series: { [of("rule_evaluation_failures_total", group)]: "7x60" }, at: "20m" },
    noData,
  ],
  PrometheusRulesLate: [
    { series: { [of("rule_group_iterations_missed_total", group)]: "0+1x60" }, at: "40m", fires: inGroup, value: "15" },
    { series: { [of("rule_group_iterations_missed_total", group)]: "0 1x60" }, at: "40m" },
    noData,
  ],
  PrometheusNotificationsDropped: [
    {
      series: {
        [of("notifications_dropped_total", 'alertmanager="http://alertmanager:9093/api/v2/alerts"')]: "0+1x60",
      },
      at: "20m",
      fires: { ...inPod, alertmanager: "http://alertmanager:9093/api/v2/alerts" },
      value: "10",
    },
    { series: { [of("notifications_dropped_total", 'alertmanager="a"')]: "3x60" }, at: "20m" },
    noData,
  ],
  PrometheusCompactionFailing: [
    { series: { [of("tsdb_compactions_failed_total")]: "0x30 1x60" }, at: "60m", fires: inPod, value: "1" },
    { series: { [of("tsdb_compactions_failed_total")]: "2x60" }, at: "60m" },
    noData,
  ],
  PrometheusStorageDamaged: [
    { series: { [of("tsdb_wal_writes_failed_total")]: "0x30 1x60" }, at: "60m", fires: inPod, value: "1" },
    { series: { [of("tsdb_wal_corruptions_total")]: "0x30 1x60" }, at: "60m", fires: inPod, value: "1" },
    { series: { [of("tsdb_checkpoint_creations_failed_total")]: "0x30 1x60" }, at: "60m", fires: inPod, value: "1" },
    { series: { [of("tsdb_wal_writes_failed_total")]: "4x60", [of("tsdb_wal_corruptions_total")]: "0x60" }, at: "60m" },
    noData,
  ],
  PrometheusSamplesRejected: [
    {
      series: { [of("target_scrapes_sample_duplicate_timestamp_total")]: "0+5x60" },
      at: "40m",
      fires: inPod,
      value: "75",
    },
    { series: { [of("target_scrapes_sample_out_of_bounds_total")]: "0+5x60" }, at: "40m", fires: inPod, value: "75" },
    { series: { [of("target_scrapes_sample_out_of_order_total")]: "0x10 5x60" }, at: "40m" },
    noData,
  ],
  AlertmanagerNotificationsFailing: [
    {
      series: { ...notified("failed_total", 1, "webhook"), ...notified("total", 10, "webhook") },
      at: "25m",
      fires: { integration: "webhook" },
      value: "10%",
    },
    // Slack fails, the mail goes out.
    {
      series: {
        ...notified("failed_total", 1, "slack"),
        ...notified("total", 1, "slack"),
        ...notified("failed_total", 0, "email"),
        ...notified("total", 9, "email"),
      },
      at: "25m",
      fires: { integration: "slack" },
      value: "100%",
    },
    { series: { ...notified("failed_total", 0, "webhook"), ...notified("total", 10, "webhook") }, at: "25m" },
    // A receiver that nobody set up sends nothing and fails at nothing.
    { series: { ...notified("failed_total", 0, "sns"), ...notified("total", 0, "sns") }, at: "25m" },
    noData,
  ],
  ConfigReloadFailed: [
    { series: { [of("config_last_reload_successful")]: "0x20" }, at: "10m", fires: inPod },
    {
      series: { 'alertmanager_config_last_reload_successful{job="alertmanager"}': "0x20" },
      at: "10m",
      fires: { job: "alertmanager" },
    },
    { series: { [of("config_last_reload_successful")]: "1x20" }, at: "10m" },
    noData,
  ],
  // Silence is the one thing it never does.
  Watchdog: [{ ...noData, fires: {} }],
};
