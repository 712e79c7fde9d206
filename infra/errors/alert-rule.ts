import type { TrackerProject } from "./projects.ts";

/** A number over a window, judged by a monitor that opens an issue when it leaves its bounds. */
export interface MetricTrigger {
  readonly kind: "metric";
  readonly project: TrackerProject;
  readonly dataset: "events" | "events_analytics_platform" | "metrics";
  readonly queryType: "error" | "performance" | "crash_rate";
  readonly eventTypes: readonly string[];
  /** As Sentry writes it, such as `count()` or `p95(span.duration)`. */
  readonly aggregate: string;
  /** Search in Sentry's own syntax; the subset in use is `key:value` terms that must all hold. */
  readonly query: string;
  readonly windowSeconds: number;
  readonly direction: "above" | "below";
  /** In the aggregate's unit. */
  readonly critical: number;
  readonly warning: number;
}

/** What an issue must show beside its lifecycle. */
export type IssueCondition =
  /** Sentry's numbers: 10 debug … 40 error, 50 fatal. */
  | { readonly level: { readonly match: "gte"; readonly level: 10 | 20 | 30 | 40 | 50 } }
  | { readonly tag: { readonly key: string; readonly match: "eq"; readonly value: string } }
  /** More than `value` events of one issue within the interval. */
  | { readonly frequency: { readonly interval: "1m" | "5m" | "15m" | "1h"; readonly value: number } };

/** Something that happens to single issues. */
export interface IssueTrigger {
  readonly kind: "issue";
  readonly projects: readonly TrackerProject[];
  /** `every-event`: the conditions alone decide. */
  readonly on: "new" | "regression" | "every-event";
  /** All must hold. */
  readonly conditions: readonly IssueCondition[];
  /** How often one issue is told again at most. */
  readonly frequencyMinutes: 0 | 5 | 10 | 30 | 60 | 180 | 720 | 1440;
}

/** `page` wakes somebody, `ticket` is looked at in working hours. */
export type AlertSeverity = "page" | "ticket";

/** One rule of the error tracker, as data: Pulumi makes it, the runbook site explains it, the fire drill sets it off. */
export interface AlertRule {
  /** What people see in Sentry: at most 200 characters. */
  readonly title: string;
  readonly severity: AlertSeverity;
  readonly trigger: MetricTrigger | IssueTrigger;
  /** Name of a page of the runbooks, as in `runbooks/alerts/<slug>.md`. */
  readonly runbook: string;
  /** Team that answers for it. */
  readonly owner: string;
  /** Why the numbers are what they are. */
  readonly why: string;
  /** What has to happen to make it fire, in a sentence or two. */
  readonly story: string;
}
