import type { AlertRule } from "./alert-rule.ts";

/** Spans as the trace store hands them on: every one with an error and every slow one, of the others the share that is stored. */
const spans = {
  dataset: "events_analytics_platform",
  queryType: "performance",
  eventTypes: ["trace_item_span"],
} as const;
/** Events with an exception (`error`) and without one (`default`), such as security events. */
const events = { dataset: "events", queryType: "error", eventTypes: ["default", "error"] } as const;

/** Requests that clients made; without the op, jobs and other roots of traces would be among them. */
const requests = "is_transaction:true span.op:http.server";

const owner = "platform";

/**
 * The alert rules of the error tracker: Pulumi makes them, the runbook site explains them, the fire drill sets them off.
 * Of a page, `critical` wakes somebody and `warning` is a ticket; a ticket's two thresholds differ in the priority.
 *
 * Numbers of events know what the gateway sends: a replica sends at most 60 events a minute, and 10 of equal ones; a security
 * event is sent once for each kind, client and five minutes. So in five minutes a replica tells of 50 equal errors, and of 50
 * clients that do the same. A threshold stays below that, since a stack may have one replica.
 */
export const alertRules = {
  "high-error-rate": {
    title: "High error rate",
    severity: "page",
    trigger: {
      kind: "metric",
      project: "backend",
      ...spans,
      aggregate: "failure_rate()",
      query: requests,
      windowSeconds: 300,
      direction: "above",
      critical: 0.05,
      warning: 0.02,
    },
    runbook: "gateway-errors",
    owner,
    why: "a fraction of 1; one request in twenty is felt by everybody who opens a page. Where only a part of the good traces is stored (tracing.ordinaryShare), failed ones weigh more: at 0.5 it is reached at half of it",
    story: "More than one request in twenty ends with a server error for five minutes: an upstream that fails, say.",
  },
  "new-issue": {
    title: "New issue",
    severity: "ticket",
    trigger: {
      kind: "issue",
      projects: ["backend", "frontend"],
      on: "new",
      conditions: [{ level: { match: "gte", level: 40 } }],
      frequencyMinutes: 5,
    },
    runbook: "new-issue",
    owner,
    why: "an error that was never seen before is mostly the last release; what is below the level of an error, as security events are, has rules of its own",
    story: "An error of a kind that the tracker has never seen is thrown once.",
  },
  regression: {
    title: "Regression of a resolved issue",
    severity: "ticket",
    trigger: {
      kind: "issue",
      projects: ["backend", "frontend"],
      on: "regression",
      conditions: [],
      frequencyMinutes: 30,
    },
    runbook: "regression",
    owner,
    why: "somebody said that it was mended, so one event is enough; half an hour, since a wrong fix brings many",
    story: "An issue is resolved in Sentry, and then the same error is thrown again.",
  },
  "database-failure": {
    title: "Database failures",
    severity: "page",
    trigger: {
      kind: "metric",
      project: "backend",
      ...events,
      aggregate: "count()",
      query: "is:unresolved subsystem:database",
      windowSeconds: 300,
      direction: "above",
      critical: 10,
      warning: 3,
    },
    runbook: "database-failure",
    owner,
    why: "a failover takes seconds and costs a handful of requests; a replica tells of at most 50 equal errors in the window, so ten are reached however few replicas there are",
    story: "Postgres is stopped, or its password is changed, and the gateway goes on being asked for projects.",
  },
  "authentication-failure-spike": {
    title: "Spike of authentication failures",
    severity: "page",
    trigger: {
      kind: "metric",
      project: "backend",
      ...events,
      aggregate: "count()",
      query: "security_event:authentication-failure",
      windowSeconds: 300,
      direction: "above",
      critical: 30,
      warning: 10,
    },
    runbook: "security-events",
    owner,
    why: "counts clients, not tries: each is told of once in five minutes by each replica that it reaches, so 30 are 10 to 30 addresses. One replica tells of 50 at most, which is why it is not the 50 that others take. Many tries of one address are the metric's: CredentialAttack",
    story: "More than thirty addresses send credentials that are refused within five minutes.",
  },
  "slow-api": {
    title: "Slow API (p95)",
    severity: "page",
    trigger: {
      kind: "metric",
      project: "backend",
      ...spans,
      aggregate: "p95(span.duration)",
      query: requests,
      windowSeconds: 600,
      direction: "above",
      critical: 1500,
      warning: 800,
    },
    runbook: "gateway-latency",
    owner,
    why: "milliseconds; the promise is half a second for 99 of 100 requests, at three times that people press reload and make it worse. Ten minutes outlast a rollout. Slow traces are all stored, so a smaller share of good ones reads as slower",
    story: "One request in twenty takes longer than a second and a half for ten minutes: an upstream that hangs, say.",
  },
  "slow-database": {
    title: "Slow database queries (p95)",
    severity: "ticket",
    trigger: {
      kind: "metric",
      project: "backend",
      ...spans,
      aggregate: "p95(span.duration)",
      query: "span.op:db",
      windowSeconds: 600,
      direction: "above",
      critical: 500,
      warning: 250,
    },
    runbook: "slow-database",
    owner,
    why: "milliseconds; queries of the gateway go by an index and take single ones, a quarter of a second is a lock or a plan that went wrong. Nobody has to get up: clients feel it by slow-api",
    story: "A transaction holds the rows that the gateway wants to write, or an index is gone.",
  },
  "pipeline-failure": {
    title: "Pipeline failure",
    severity: "page",
    trigger: {
      kind: "issue",
      projects: ["backend"],
      on: "every-event",
      conditions: [{ tag: { key: "subsystem", match: "eq", value: "pipeline" } }],
      frequencyMinutes: 5,
    },
    runbook: "pipeline-runs",
    owner,
    why: "the tag stands for faults of the platform alone: a run that fails by its own step is no error of ours and sends nothing. So the first event counts; a replica sends ten equal ones a minute, of which one in five minutes is told",
    story: "The worker of pipeline runs throws an error that is not one of the run's own steps.",
  },
  "csrf-attack": {
    title: "CSRF attack",
    severity: "page",
    trigger: {
      kind: "issue",
      projects: ["backend"],
      on: "every-event",
      conditions: [
        { tag: { key: "security_event", match: "eq", value: "csrf-refused" } },
        { frequency: { interval: "5m", value: 5 } },
      ],
      frequencyMinutes: 30,
    },
    runbook: "security-events",
    owner,
    why: "all refusals are one issue, by their fingerprint, and each client is told of once in five minutes: more than five are six people whose browsers sent what they did not mean to, on one replica, or two people on three. A tab that slept too long is one",
    story: "A foreign page makes the browsers of six people who are logged in send requests with a forged token.",
  },
  "rate-limit-abuse": {
    title: "Abuse of rate limits",
    severity: "ticket",
    trigger: {
      kind: "metric",
      project: "backend",
      ...events,
      aggregate: "count()",
      query: "security_event:rate-limit-exceeded",
      windowSeconds: 300,
      direction: "above",
      critical: 40,
      warning: 20,
    },
    runbook: "rate-limit-refusing",
    owner,
    why: "counts clients over their limit, not refused requests; one replica tells of 50 in the window, so hundreds would never be reached. They are refused already: somebody looks in the morning whether the limit or the clients are wrong",
    story: "More than forty clients send more requests than their limit allows within five minutes.",
  },
  "crash-free-sessions": {
    title: "Crash-free sessions",
    severity: "page",
    trigger: {
      kind: "metric",
      project: "frontend",
      dataset: "metrics",
      queryType: "crash_rate",
      // Sentry counts sessions here and refuses any type of event.
      eventTypes: [],
      aggregate: "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
      query: "",
      windowSeconds: 3600,
      direction: "below",
      critical: 97,
      warning: 99,
    },
    runbook: "frontend-crashes",
    owner,
    why: "per cent of visits that end without a crash; 99 is what people bear, below 97 a release broke a page that many open. An hour, since few visits an hour make a share that jumps",
    story: "More than three visits of a hundred end with an error that nothing caught, for an hour.",
  },
  "poor-web-vitals": {
    title: "Poor Web Vitals (LCP p75)",
    severity: "ticket",
    trigger: {
      kind: "metric",
      project: "frontend",
      ...spans,
      aggregate: "p75(measurements.lcp)",
      query: "is_transaction:true",
      windowSeconds: 3600,
      direction: "above",
      critical: 4000,
      warning: 2500,
    },
    runbook: "web-vitals",
    owner,
    why: "milliseconds until the largest part of a page is there; web.dev calls up to 2500 good and above 4000 poor, at the 75th percentile, which is where it is measured here",
    story: "A quarter of the page loads of an hour take longer than four seconds: a bundle that grew, or a slow API.",
  },
} as const satisfies Readonly<Record<string, AlertRule>>;

/** Names of the rules, as `golive alerts` takes them. */
export type AlertId = keyof typeof alertRules;
export const alertIds = Object.keys(alertRules) as AlertId[];
