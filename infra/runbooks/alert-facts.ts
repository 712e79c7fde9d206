import { healthChecks } from "../../services/backup/monitor/checks.ts";
import { runRunbooks } from "../../services/backup/notify/notifying.ts";
import { routesOf } from "../errors/alert-routes.ts";
import type { AlertRule, AlertSeverity } from "../errors/alert-rule.ts";
import { firesWhen, span } from "../errors/alert-words.ts";
import { alertRules } from "../errors/alerts.ts";
import { cronMonitors, uptimeMonitors } from "../errors/monitors.ts";
import type { Alert, Severity } from "../metrics/alert.ts";
import type { AlertCase } from "../metrics/alert-case.ts";
import { alertCases } from "../metrics/alert-cases.ts";
import { audience } from "../metrics/alertmanager-config.ts";
import { alerts } from "../metrics/alerts.ts";
import { inhibitions } from "../metrics/inhibitions.ts";

/** Who finds out, by name as people know it. */
export const sources = {
  prometheus: "Prometheus",
  sentry: "Sentry",
  cron: "Sentry cron monitor",
  uptime: "Sentry uptime monitor",
  check: "backup monitor",
  run: "backup job",
} as const;
export type SourceName = keyof typeof sources;

/** Whatever can tell people of trouble, and points at a page. */
export interface AlertFact {
  readonly source: SourceName;
  /** As it stands in the message: `GatewayAbsent`, `high-error-rate`. */
  readonly name: string;
  readonly severity: Severity;
  /** What is wrong, in one line. */
  readonly summary: string;
  /** Condition in words, or an expression of PromQL. */
  readonly firesWhen: string;
  /** True when that is written in a query's language. */
  readonly query: boolean;
  /** How long it must hold; of a Prometheus alert only. */
  readonly for: string | undefined;
  readonly why: string | undefined;
  /** What becomes of it without any data, as the cases of the alert prove it. */
  readonly withoutData: string | undefined;
  /** Alerts that keep it from being told. */
  readonly quietWhile: readonly string[];
  readonly told: string;
  /** Page of the runbooks. */
  readonly slug: string;
}

const names = { pagerduty: "PagerDuty", slack: "Slack", email: "mail" } as const;
type Channel = keyof typeof names;
const listed = (channels: readonly Channel[]) => channels.map((channel) => names[channel]).join(" and ");

function toldByAlertmanager(severity: Severity): string {
  if (severity === "none") return "nobody: it is for machines";
  const { first, otherwise, again } = audience[severity];
  const fallback = otherwise.length > 0 ? `, or ${listed(otherwise)} where there is neither` : "";
  return `${listed(first)}${fallback}; the alert log always; again after ${again}`;
}

/** Of those that the stack has. */
function toldBySentry(severity: AlertSeverity): string {
  const [loudest, ...rest] = routesOf(severity, () => true);
  if (severity === "ticket") return listed(routesOf(severity, () => true));
  return `${listed(loudest ? [loudest] : [])}; ${listed(rest)} as well`;
}

/** The jobs tell the channels themselves, all of them at every failure. */
const toldByBackups = {
  check:
    "PagerDuty, Slack and mail, as far as the stack has them; again after backups.notifications.againHours, and when it is over",
  run: "PagerDuty, Slack and mail, as far as the stack has them; each failed run, and when one ends well again",
} as const;

function ofPrometheus(name: string, alert: Alert): AlertFact {
  const { severity, summary, expr, why, runbook: slug } = alert;
  return {
    source: "prometheus",
    name,
    severity,
    summary,
    firesWhen: expr,
    query: true,
    for: alert.for,
    why,
    withoutData: withoutData(alertCases[name as keyof typeof alertCases]),
    quietWhile: inhibitions
      .filter(({ silences }) => silences.some((one) => one === name))
      .flatMap(({ causes }) => causes),
    told: toldByAlertmanager(severity),
    slug,
  };
}

/** A case without a series says it: it fires, or it stays silent. */
function withoutData(cases: readonly AlertCase[]): string | undefined {
  const empty = cases.find(({ series }) => Object.keys(series).length === 0);
  if (empty === undefined) return undefined;
  return empty.fires === undefined ? "stays silent" : "fires: missing data are what it watches for";
}

const plain = { query: false, for: undefined, withoutData: undefined, quietWhile: [] } as const;

const ofSentry = (name: string, rule: AlertRule): AlertFact => ({
  ...plain,
  source: "sentry",
  name,
  severity: rule.severity,
  summary: rule.title,
  firesWhen: firesWhen(rule),
  query: true,
  why: rule.why,
  told: toldBySentry(rule.severity),
  slug: rule.runbook,
});

const ofCron = (rule: (typeof cronMonitors)[keyof typeof cronMonitors]): AlertFact => ({
  ...plain,
  source: "cron",
  name: rule.title,
  severity: rule.severity,
  summary: `The job ${rule.title} did not check in, or said that it failed`,
  firesWhen: `no check-in within ${rule.marginMinutes} min of its time, none of an end within ${span(rule.maxRuntimeMinutes * 60)} of its start, or one that says it failed`,
  why: rule.why,
  told: toldBySentry(rule.severity),
  slug: rule.runbook,
});

const ofUptime = (name: string, rule: (typeof uptimeMonitors)[keyof typeof uptimeMonitors]): AlertFact => ({
  ...plain,
  source: "uptime",
  name,
  severity: rule.severity,
  summary: `${rule.method} ${rule.path} does not answer well from outside`,
  firesWhen: `${rule.failures} looks in a row fail, one every ${span(rule.intervalSeconds)}, each with ${rule.timeoutMs / 1000} s to answer`,
  why: rule.why,
  told: toldBySentry(rule.severity),
  slug: rule.runbook,
});

const ofBackups = (source: "check" | "run", name: string, about: string, slug: string): AlertFact => ({
  ...plain,
  source,
  name,
  // PagerDuty opens an incident for each.
  severity: "page",
  summary: about.charAt(0).toUpperCase() + about.slice(1),
  firesWhen:
    source === "check" ? "a look finds a state other than ok" : "a run ends with an error, or with something notable",
  why: undefined,
  told: toldByBackups[source],
  slug,
});

/** All of them, in the order of their tables. */
export const alertFacts: readonly AlertFact[] = [
  ...Object.entries(alerts).map(([name, alert]) => ofPrometheus(name, alert)),
  ...Object.entries(alertRules).map(([name, rule]) => ofSentry(name, rule)),
  ...Object.values(cronMonitors).map(ofCron),
  ...Object.entries(uptimeMonitors).map(([name, rule]) => ofUptime(name, rule)),
  ...Object.entries(healthChecks).map(([name, { about, runbook }]) => ofBackups("check", name, about, runbook)),
  ...Object.entries(runRunbooks).map(([name, slug]) => ofBackups("run", name, `A ${name} run failed`, slug)),
];

/** Slugs of all pages that some alert points at, in the order of the alerts. */
export const alertSlugs: readonly string[] = [...new Set(alertFacts.map(({ slug }) => slug))];

export const factsOf = (slug: string): readonly AlertFact[] => alertFacts.filter((fact) => fact.slug === slug);
