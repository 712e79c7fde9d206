import type { Alert, Alerts } from "./alert.ts";
import { alerts } from "./alerts.ts";
import { recordingRules } from "./recording-rules.ts";

export interface RuleFileOptions {
  /** Rules to write; all of them without it. */
  readonly chosen?: Alerts;
  /** Start of the runbooks' addresses; without it alerts carry the slug alone. */
  readonly runbooksUrl?: string | undefined;
}

/** Rule file of Prometheus: what the alerts read first, then the alerts. */
export function ruleFile({ chosen = alerts, runbooksUrl }: RuleFileOptions = {}): Record<string, unknown> {
  const read = Object.values(chosen).flatMap(({ expr }) =>
    recordingRules.filter(({ record }) => expr.includes(record)),
  );
  const recorded = recordingRules.filter((rule) => read.includes(rule));
  const rules = Object.entries(chosen).map(([name, alert]) => alertRule(name, alert, runbooksUrl));
  return {
    groups: [
      ...(recorded.length > 0 ? [{ name: "recorded", interval: "30s", rules: recorded }] : []),
      { name: "alerts", rules },
    ],
  };
}

function alertRule(name: string, rule: Alert, runbooksUrl: string | undefined): Record<string, unknown> {
  return {
    alert: name,
    expr: rule.expr,
    ...(rule.for === "0s" ? {} : { for: rule.for }),
    labels: { severity: rule.severity, ...rule.labels },
    annotations: annotations(rule, runbooksUrl),
  };
}

/** What a message about the alert can say. `description` is a template. */
export function annotations(
  { summary, description, why, runbook }: Alert,
  runbooksUrl?: string,
): Record<string, string> {
  const address = runbooksUrl && { runbook_url: `${runbooksUrl.replace(/\/+$/, "")}/${runbook}` };
  return { summary, description, why, runbook, ...(address || {}) };
}
