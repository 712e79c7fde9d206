import type { AlertRule, IssueTrigger, MetricTrigger } from "../../alert-rule.ts";
import type { EventItem, SessionItem, SpanItem } from "../item.ts";

/** When everything in these tests happens, unless it says otherwise. */
export const noon = Date.parse("2026-11-28T12:00:00Z");

const facts = { project: "backend", timeMs: noon, environment: "production" } as const;

export const event = (changes: Partial<EventItem>): EventItem => ({
  kind: "event",
  type: "error",
  group: "Error at home",
  level: 40,
  ...facts,
  ...changes,
  fields: { level: "error", ...changes.fields },
});

export const span = (changes: Partial<SpanItem>): SpanItem => ({
  kind: "span",
  failed: false,
  fields: {},
  ...facts,
  ...changes,
});

export const session = (changes: Partial<SessionItem>): SessionItem => ({
  kind: "session",
  count: 1,
  crashed: false,
  fields: {},
  ...facts,
  project: "frontend",
  ...changes,
});

const words = {
  title: "a rule",
  severity: "page",
  runbook: "a-rule",
  owner: "platform",
  why: "w",
  story: "s",
} as const;

/** More than ten events of authentication within five minutes; five are a warning. */
export const metricRule = (changes: Partial<MetricTrigger> = {}): AlertRule => ({
  ...words,
  trigger: {
    kind: "metric",
    project: "backend",
    dataset: "events",
    queryType: "error",
    eventTypes: ["default", "error"],
    aggregate: "count()",
    query: "subsystem:auth",
    windowSeconds: 300,
    direction: "above",
    critical: 10,
    warning: 5,
    ...changes,
  },
});

export const spanRule = (changes: Partial<MetricTrigger> = {}): AlertRule =>
  metricRule({
    dataset: "events_analytics_platform",
    queryType: "performance",
    eventTypes: ["trace_item_span"],
    query: "is_transaction:true",
    ...changes,
  });

export const issueRule = (
  changes: Partial<IssueTrigger> = {},
  severity: AlertRule["severity"] = "page",
): AlertRule => ({
  ...words,
  severity,
  trigger: {
    kind: "issue",
    projects: ["backend", "frontend"],
    on: "new",
    conditions: [],
    frequencyMinutes: 5,
    ...changes,
  },
});
