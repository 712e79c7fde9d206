import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlertRule, IssueTrigger, MetricTrigger } from "./alert-rule.ts";
import { issueChecks } from "./issue-checks.ts";
import { metricChecks } from "./metric-checks.ts";
import type { CronMonitorRule, UptimeMonitorRule } from "./monitors.ts";
import { type Catalogue, catalogue, findingText, ruleFindings } from "./rule-checks.ts";

const told = { severity: "page", runbook: "a-page", owner: "platform", why: "because", story: "it happens" } as const;
const count: MetricTrigger = {
  kind: "metric",
  project: "backend",
  dataset: "events",
  queryType: "error",
  eventTypes: ["default", "error"],
  aggregate: "count()",
  query: "subsystem:database",
  windowSeconds: 300,
  direction: "above",
  critical: 10,
  warning: 3,
};
const rate: MetricTrigger = {
  ...count,
  dataset: "events_analytics_platform",
  queryType: "performance",
  eventTypes: ["trace_item_span"],
  aggregate: "failure_rate()",
  query: "is_transaction:true span.op:http.server",
  critical: 0.05,
  warning: 0.02,
};
const crashes: MetricTrigger = {
  ...count,
  project: "frontend",
  dataset: "metrics",
  queryType: "crash_rate",
  eventTypes: [],
  aggregate: "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
  query: "",
  windowSeconds: 3600,
  direction: "below",
  critical: 97,
  warning: 99,
};
const issue: IssueTrigger = {
  kind: "issue",
  projects: ["backend"],
  on: "every-event",
  conditions: [{ tag: { key: "subsystem", match: "eq", value: "pipeline" } }],
  frequencyMinutes: 5,
};
const cron: CronMonitorRule = {
  ...told,
  title: "nightly",
  project: "backend",
  marginMinutes: 10,
  maxRuntimeMinutes: 60,
  failures: 1,
  recoveries: 1,
};
const uptime: UptimeMonitorRule = {
  ...told,
  title: "health",
  project: "backend",
  path: "/api/health",
  method: "GET",
  intervalSeconds: 60,
  timeoutMs: 5000,
  failures: 3,
  recoveries: 1,
};

const only = (parts: Partial<Catalogue>): Catalogue => ({ alerts: {}, crons: {}, uptimes: {}, ...parts });
const rule = (changed: object): AlertRule => ({ ...told, title: "A rule", trigger: count, ...changed }) as AlertRule;
const ofRule = (changed: object) => ruleFindings(only({ alerts: { one: rule(changed) } })).map((found) => found.rule);
const ofTrigger = (trigger: MetricTrigger | IssueTrigger, changed: object) =>
  ofRule({ trigger: { ...trigger, ...changed } });

test("the catalogue has nothing that Sentry refuses, and nothing that cannot fire", () => {
  expect(ruleFindings(catalogue).map(findingText)).toEqual([]);
});

test("the rules that the cases below start from are sound", () => {
  for (const trigger of [count, rate, crashes, issue]) expect(ofTrigger(trigger, {})).toEqual([]);
  expect(ruleFindings(only({ crons: { one: cron }, uptimes: { two: uptime } }))).toEqual([]);
});

/** One fault each, and the check that has to name it. */
const triggerFaults: readonly (readonly [
  check: string,
  of: MetricTrigger | IssueTrigger,
  fault: fc.Arbitrary<object>,
])[] = [
  ["dataset-of-query-type", count, fc.constantFrom({ dataset: "transactions" }, { dataset: "generic_metrics" })],
  ["dataset-of-query-type", rate, fc.constantFrom({ dataset: "events", eventTypes: ["error"] })],
  ["dataset-of-query-type", crashes, fc.constant({ queryType: "error" })],
  ["event-types", rate, fc.constantFrom({ eventTypes: [] }, { eventTypes: ["trace_item_span", "trace_item_log"] })],
  ["event-types", count, fc.constantFrom({ eventTypes: [] }, { eventTypes: ["error", "error"] })],
  ["event-types", crashes, fc.constant({ eventTypes: ["error"] })],
  ["window", rate, fc.integer({ min: -60, max: 299 }).map((windowSeconds) => ({ windowSeconds }))],
  ["window", count, fc.constantFrom(0, 30, 90, 61, 86_460, Number.NaN).map((windowSeconds) => ({ windowSeconds }))],
  ["window", crashes, fc.constantFrom(300, 600, 3599, 10_800).map((windowSeconds) => ({ windowSeconds }))],
  ["latest-release", count, fc.constant({ query: "subsystem:database release:latest" })],
  ["thresholds", count, fc.nat(3).map((critical) => ({ critical }))],
  ["thresholds", crashes, fc.integer({ min: 99, max: 100 }).map((critical) => ({ critical }))],
  ["thresholds", count, fc.constantFrom({ critical: Number.NaN }, { critical: Number.POSITIVE_INFINITY })],
  ["unit", rate, fc.double({ min: 1.01, max: 100, noNaN: true }).map((critical) => ({ critical }))],
  ["unit", crashes, fc.constant({ warning: 101 })],
  ["unit", count, fc.constant({ warning: -1 })],
  ["known-tag", count, fc.constantFrom("subsystem:db", "security_event:csrf").map((query) => ({ query }))],
  ["scope-of-requests", rate, fc.constant({ query: "is_transaction:true" })],
  ["reachable", count, fc.integer({ min: 300, max: 10_000 }).map((critical) => ({ critical }))],
  [
    "reachable",
    { ...count, query: "security_event:rate-limit-exceeded" },
    fc.integer({ min: 50, max: 10_000 }).map((critical) => ({ critical })),
  ],
  ["frequency", issue, fc.constantFrom(1, 15, 43_200).map((frequencyMinutes) => ({ frequencyMinutes }))],
  ["projects", issue, fc.constantFrom([], ["backend", "backend"], ["shop"]).map((projects) => ({ projects }))],
  ["some-condition", issue, fc.constant({ conditions: [] })],
  ["level-condition", issue, fc.constant({ conditions: [{ level: { match: "gte", level: 35 } }] })],
  [
    "tag-condition",
    issue,
    fc
      .constantFrom(["security_event", "csrf"], ["feature", "pay"], ["__proto__", "pay"])
      .map(([key, value]) => ({ conditions: [{ tag: { key, match: "eq", value } }] })),
  ],
  [
    "frequency-condition",
    issue,
    fc
      .constantFrom(["5m", 0], ["5m", 50], ["1m", 10], ["5m", 2.5], ["2h", 5])
      .map(([interval, value]) => ({ conditions: [{ frequency: { interval, value } }] })),
  ],
];

test.each(triggerFaults)("%s is named whatever its fault looks like", (check, trigger, fault) => {
  fc.assert(
    fc.property(fault, (changed) => {
      expect(ofTrigger(trigger, changed)).toContain(check);
    }),
  );
});

test("every check has a fault that it names", () => {
  const named = [...new Set(triggerFaults.map(([check]) => check))];
  expect(named.sort()).toEqual([...Object.keys(metricChecks), ...Object.keys(issueChecks)].sort());
});

test("thresholds that fit what a replica sends are sound, in any window", () => {
  const minutes = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(minutes, fc.double({ min: 0.1, max: 0.99, noNaN: true }), (window, share) => {
      const critical = 10 * window * share;
      const trigger = {
        query: "security_event:forbidden",
        windowSeconds: window * 60,
        critical,
        warning: critical / 2,
      };
      expect(ofTrigger(count, trigger)).toEqual([]);
    }),
  );
});

describe("what holds for every entry", () => {
  test.each([
    ["title", { title: "" }],
    ["title", { title: " padded" }],
    ["title", { title: "x".repeat(171) }],
    ["title", { title: "two\nlines" }],
    ["severity", { severity: "urgent" }],
    ["runbook", { runbook: "../secrets" }],
    ["explained", { why: " " }],
    ["explained", { owner: "" }],
  ])("%s: %j", (check, changed) => {
    expect(ofRule(changed)).toEqual([check]);
    expect(ruleFindings(only({ uptimes: { one: { ...uptime, ...changed } as UptimeMonitorRule } }))).toMatchObject([
      { rule: check, alert: "one" },
    ]);
  });

  test("ids are kebab-case", () => {
    const ids = ["One", "a_b", "a-", "", "ä", "x".repeat(61)];
    for (const id of ids)
      expect(ruleFindings(only({ alerts: { [id]: rule({}) } }))).toMatchObject([{ rule: "id", alert: id }]);
  });

  test("two of one title are told of, also when one is a monitor and the case differs", () => {
    const found = ruleFindings(
      only({ alerts: { one: rule({ title: "Nightly" }), two: rule({ title: "nightly" }) }, crons: { one: cron } }),
    );
    expect(found.map(findingText)).toEqual([
      'two (own-title): the title "nightly" is that of one as well. Rename one.',
      'one (own-title): the title "nightly" is that of one as well. Rename one.',
    ]);
  });
});

test.each([
  ["slug", { title: "Nightly backup" }],
  ["margin", { marginMinutes: 0 }],
  ["runtime", { maxRuntimeMinutes: 40_321 }],
  ["counts", { failures: 0 }],
])("a cron monitor's %s: %j", (check, changed) => {
  const found = ruleFindings(only({ crons: { one: { ...cron, ...changed } } }));
  expect(found.map((one) => one.rule)).toEqual([check]);
});

test.each([
  ["interval", { intervalSeconds: 120 }],
  ["timeout", { timeoutMs: 500 }],
  ["path", { path: "api/health" }],
  ["counts", { recoveries: 1.5 }],
])("an uptime monitor's %s: %j", (check, changed) => {
  const found = ruleFindings(only({ uptimes: { one: { ...uptime, ...changed } as UptimeMonitorRule } }));
  expect(found.map((one) => one.rule)).toEqual([check]);
});
