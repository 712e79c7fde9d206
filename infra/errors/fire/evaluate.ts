import type { AlertRule } from "../alert-rule.ts";
import { evaluateIssue } from "./issue-rule.ts";
import type { Observed } from "./item.ts";
import { evaluateMetric } from "./metric-rule.ts";
import type { Verdict } from "./verdict.ts";

export interface EvaluateOptions {
  /** The rule is for this environment alone. @default every one, as a rule without an environment has it */
  readonly environment?: string;
  /** When the monitor asks, in ms since 1970. @default the time of the latest item, which is the window that has most to say */
  readonly atMs?: number;
}

/**
 * What Sentry would make of what was observed: a metric rule by the window that its monitor looks at, an issue rule event by event.
 * @throws QueryError for a query or an aggregate outside the part that is evaluated
 */
export function evaluate(rule: AlertRule, observed: Observed, options: EvaluateOptions = {}): Verdict {
  const { environment } = options;
  const items = observed.items.filter((item) => environment === undefined || item.environment === environment);
  const seen = { ...observed, items };
  if (rule.trigger.kind === "issue") return evaluateIssue(rule.trigger, seen, rule.severity);
  const atMs = options.atMs ?? items.reduce((latest, { timeMs }) => Math.max(latest, timeMs), 0);
  return evaluateMetric(rule.trigger, seen, atMs);
}
