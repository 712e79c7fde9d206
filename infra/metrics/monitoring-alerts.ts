import type { Alerts } from "./alert.ts";
import { scrapeTargets } from "./targets.ts";

const prometheus = (metric: string) => `${metric}{job="prometheus"}`;
const grew = (metric: string, window: string) => `increase(${prometheus(metric)}[${window}]) > 0`;

/** Jobs whose absence has an alert of its own. */
const watchedElsewhere: readonly string[] = ["gateway", "postgres", "backups"];
/** Prometheus cannot miss itself: whoever waits for the watchdog does. */
export const watchedJobs = Object.keys(scrapeTargets).filter(
  (job) => job !== "prometheus" && !watchedElsewhere.includes(job),
);

/** Whether the metrics come in, the rules are worked out, and the alerts arrive. */
export const monitoringAlerts = {
  TargetDown: {
    severity: "ticket",
    for: "10m",
    expr: "count by (job) (up == 0) / on (job) count by (job) (up) > 0.1",
    summary: "More than a tenth of a job's targets cannot be scraped",
    description:
      "{{ $value | humanizePercentage }} of the targets of {{ $labels.job }} do not answer. Prometheus' page of targets has the error of each.",
    runbook: "metrics-missing",
    why: "ten minutes outlast a rollout",
  },
  TargetsAbsent: {
    severity: "ticket",
    for: "10m",
    expr: watchedJobs.map((job) => `absent(up{job="${job}"})`).join(" or "),
    summary: "A job has no target at all",
    description:
      "Prometheus finds no pod for {{ $labels.job }}. See whether its Deployment still has pods, and whether their labels and port names are those of the table of workloads.",
    runbook: "metrics-missing",
    why: "what is not there is not down: no other alert sees a Deployment without pods",
  },
  PrometheusRuleFailures: {
    severity: "page",
    for: "5m",
    expr: grew("prometheus_rule_evaluation_failures_total", "10m"),
    summary: "A rule cannot be evaluated: an alert may be blind",
    description:
      'Rules of {{ $labels.rule_group }} failed {{ $value | printf "%.0f" }} times in ten minutes. Prometheus\' page of rules shows the error beside the rule.',
    runbook: "prometheus-rules",
    why: "a failure that repeats is no hiccup",
  },
  PrometheusRulesLate: {
    severity: "ticket",
    for: "15m",
    expr: grew("prometheus_rule_group_iterations_missed_total", "15m"),
    summary: "Prometheus is too slow for its rules: alerts come late or not at all",
    description:
      '{{ $labels.rule_group }} was skipped {{ $value | printf "%.0f" }} times in a quarter of an hour. Compare Prometheus\' processor time with its request; look for a series with too many labels.',
    runbook: "prometheus-rules",
    why: "one skipped round after a start is made up for by the next",
  },
  PrometheusNotificationsDropped: {
    severity: "page",
    for: "5m",
    expr: grew("prometheus_notifications_dropped_total", "10m"),
    summary: "Alerts do not get from Prometheus to Alertmanager",
    description:
      '{{ $value | printf "%.0f" }} alerts for {{ $labels.alertmanager }} were dropped in ten minutes. See whether Alertmanager runs; look at the alerts in Prometheus meanwhile.',
    runbook: "alerts-undelivered",
    why: "Prometheus sends again every minute: one that is dropped during a restart arrives later",
  },
  PrometheusCompactionFailing: {
    severity: "ticket",
    for: "0s",
    expr: grew("prometheus_tsdb_compactions_failed_total", "6h"),
    summary: "Prometheus cannot write its blocks: samples pile up in memory",
    description:
      '{{ $value | printf "%.0f" }} compactions failed in six hours. Look at the space on its volume, then for the block that its log names.',
    runbook: "prometheus-storage",
    why: "a compaction is due every two hours, so six hours are three tries",
  },
  PrometheusStorageDamaged: {
    severity: "ticket",
    for: "0s",
    expr: `${grew("prometheus_tsdb_wal_corruptions_total", "6h")} or ${grew("prometheus_tsdb_wal_writes_failed_total", "6h")} or ${grew("prometheus_tsdb_checkpoint_creations_failed_total", "6h")}`,
    summary: "Prometheus' log of samples is damaged or cannot be written",
    description:
      '{{ $value | printf "%.0f" }} writes or reads of the log failed in six hours. A full volume is the usual cause; what was lost stays lost.',
    runbook: "prometheus-storage",
    why: "none of it happens on a sound disk with space",
  },
  PrometheusSamplesRejected: {
    severity: "ticket",
    for: "15m",
    expr: `${grew("prometheus_target_scrapes_sample_duplicate_timestamp_total", "15m")} or ${grew("prometheus_target_scrapes_sample_out_of_order_total", "15m")} or ${grew("prometheus_target_scrapes_sample_out_of_bounds_total", "15m")}`,
    summary: "Prometheus refuses samples: two targets write the same series, or a clock is wrong",
    description:
      '{{ $value | printf "%.0f" }} samples were refused in a quarter of an hour. Its log names the target; compare the node\'s clock with the time.',
    runbook: "prometheus-storage",
    why: "a pod that is replaced under the same name collides for a scrape or two",
  },
  AlertmanagerNotificationsFailing: {
    severity: "page",
    for: "10m",
    expr: 'sum by (integration) (rate(alertmanager_notifications_failed_total{job="alertmanager"}[10m])) / sum by (integration) (rate(alertmanager_notifications_total{job="alertmanager"}[10m])) > 0.01',
    summary: "Alerts do not reach their receiver",
    description:
      "{{ $value | humanizePercentage }} of the messages by {{ $labels.integration }} fail. Alertmanager's log has the receiver's answer; an expired key is the usual one.",
    runbook: "alerts-undelivered",
    why: "the watchdog notifies every minute, so a broken receiver shows without a real alert",
  },
  ConfigReloadFailed: {
    severity: "ticket",
    for: "5m",
    expr: 'prometheus_config_last_reload_successful{job="prometheus"} == 0 or alertmanager_config_last_reload_successful{job="alertmanager"} == 0',
    summary: "Prometheus or Alertmanager runs on an older configuration than it was given",
    description:
      "{{ $labels.job }} refused its new configuration. Its log has the line; promtool or amtool check-config says the same before a rollout.",
    runbook: "prometheus-rules",
    why: "a bad file never goes away by itself",
  },
  Watchdog: {
    severity: "none",
    for: "0s",
    expr: "vector(1)",
    summary: "Always fires: whoever stops hearing it knows that alerting is broken",
    description: "Nothing is wrong. When this stops arriving, look at Prometheus first, then at Alertmanager.",
    runbook: "alerts-undelivered",
    why: "a dead man's switch",
  },
} as const satisfies Alerts;
