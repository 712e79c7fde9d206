import { backupAlerts } from "../metrics/backup-alerts.ts";
import { gatewayAlerts } from "../metrics/gateway-alerts.ts";
import { monitoringAlerts } from "../metrics/monitoring-alerts.ts";
import { postgresAlerts } from "../metrics/postgres-alerts.ts";
import { securityAlerts } from "../metrics/security-alerts.ts";
import { sloAlerts } from "../metrics/slo-alerts.ts";
import { telemetryAlerts } from "../metrics/telemetry-alerts.ts";
import { type AlertFact, alertFacts, alertSlugs, sources } from "./alert-facts.ts";
import { cell } from "./facts.ts";

const of = (...tables: readonly Readonly<Record<string, unknown>>[]) => {
  const names = new Set(tables.flatMap((table) => Object.keys(table)));
  return ({ source, name }: AlertFact) => source === "prometheus" && names.has(name);
};

/** Groups of the catalogue, in its order; each alert is in exactly one. */
const groups: Readonly<Record<string, (fact: AlertFact) => boolean>> = {
  "Gateway and its objectives": of(sloAlerts, gatewayAlerts),
  Security: of(securityAlerts),
  Postgres: of(postgresAlerts),
  Backups: of(backupAlerts),
  "Traces and errors": of(telemetryAlerts),
  "Prometheus and Alertmanager": of(monitoringAlerts),
  "Rules of the error tracker": ({ source }) => source === "sentry",
  "Cron and uptime monitors": ({ source }) => source === "cron" || source === "uptime",
  "Messages of the backups": ({ source }) => source === "check" || source === "run",
};

const row = ({ name, source, severity, summary, slug }: AlertFact) =>
  `| \`${name}\` | ${sources[source]} | ${severity} | [${slug}](${slug}.md) | ${cell(summary)} |`;

/** `runbooks/alerts/index.md`. */
export function cataloguePage(): string {
  const sections = Object.entries(groups).map(([title, holds]) => {
    const rows = alertFacts.filter(holds).map(row);
    return [
      `## ${title}`,
      "",
      "| Alert | Source | Severity | Page | What |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ];
  });
  return `${[
    "---",
    "title: All alerts",
    "description: Every alert that can reach you, how loud it is, and the page that says what to do.",
    "slug: /alerts",
    "kind: reference",
    "owner: platform",
    "sidebar_position: 0",
    "---",
    "",
    "<!-- Written by golive runbook generate out of the alerts' own data. -->",
    "",
    `${alertFacts.length} alerts, ${alertSlugs.length} pages. A **page** wakes somebody, a **ticket** waits for the morning, **none** is for machines.`,
    ...sections.flatMap((lines) => ["", ...lines]),
  ].join("\n")}\n`;
}
