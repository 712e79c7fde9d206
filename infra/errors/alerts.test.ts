import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trackerVariables } from "../../services/gateway/tracker/config.ts";
import { EventLimit } from "../../services/gateway/tracker/event-limit.ts";
import { jobs, scheduledJobs } from "../backups/jobs.ts";
import type { AlertRule, MetricTrigger } from "./alert-rule.ts";
import { amount, firesWhen, span } from "./alert-words.ts";
import { alertIds, alertRules } from "./alerts.ts";
import { sentPerMinute } from "./metric-checks.ts";
import { cronMonitors } from "./monitors.ts";
import { atLeast, conditionGroup, filterCondition, measured, triggerConditions } from "./sentry-inputs.ts";

test("there are twelve rules", () => expect(alertIds).toHaveLength(12));

test("the limits that thresholds stay below are the gateway's own", () => {
  const perMinute = trackerVariables.SENTRY_EVENTS_PER_MINUTE.parse(undefined);
  expect(perMinute).toBe(sentPerMinute.all);
  const limit = new EventLimit(perMinute, () => 0);
  const sent = Array.from({ length: 100 }, () => limit.allows("equal")).filter(Boolean);
  expect(sent).toHaveLength(sentPerMinute.equal);
});

test("each scheduled job has a monitor of its name that lets it run as long as it may", () => {
  const scheduled = scheduledJobs(true).map((name) => {
    const job = jobs[name];
    const { title, maxRuntimeMinutes } = cronMonitors["schedule" in job ? job.schedule : "backup"];
    expect({ title, maxRuntimeMinutes }).toEqual({ title: name, maxRuntimeMinutes: job.minutes });
    return name;
  });
  expect(scheduled).toHaveLength(Object.keys(cronMonitors).length);
});

describe("bounds of a monitor", () => {
  const holds = { gt: (a: number, b: number) => a > b, gte: (a: number, b: number) => a >= b } as const;
  const fits = (type: string, a: number, b: number) =>
    type === "gt"
      ? holds.gt(a, b)
      : type === "gte"
        ? holds.gte(a, b)
        : type === "lt"
          ? holds.gt(b, a)
          : holds.gte(b, a);

  test("say for any number which priority it has, and resolve exactly where nothing else holds", () => {
    const direction = fc.constantFrom("above", "below");
    const number = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(direction, number, fc.integer({ min: 1, max: 500 }), number, (way, warning, gap, value) => {
        const critical = way === "above" ? warning + gap : warning - gap;
        const trigger = {
          ...alertRules["database-failure"].trigger,
          direction: way,
          critical,
          warning,
        } as MetricTrigger;
        const held = conditionGroup(trigger)
          .conditions.filter(({ type, comparison }) => fits(type, value, comparison))
          .map(({ conditionResult }) => conditionResult);
        const beyond = (bound: number) => (way === "above" ? value > bound : value < bound);
        expect(held).toEqual(beyond(critical) ? [75, 50] : beyond(warning) ? [50] : [0]);
      }),
    );
  });

  test("stand in what a monitor measures, beside a window and a query that are never left out", () => {
    const metrics = Object.values<AlertRule>(alertRules).flatMap(({ trigger }) =>
      trigger.kind === "metric" ? [measured(trigger)] : [],
    );
    for (const one of metrics) {
      expect(one.timeWindowSeconds).toBeGreaterThanOrEqual(300);
      expect(typeof one.query).toBe("string");
      expect(one.conditionGroup.conditions).toHaveLength(3);
      expect("extrapolationMode" in one).toBe(one.dataset === "events_analytics_platform");
    }
  });
});

test("conditions of an issue become those of an alert", () => {
  expect(filterCondition({ level: { match: "gte", level: 40 } })).toEqual({ level: { match: "gte", level: 40 } });
  const tag = { key: "subsystem", match: "eq", value: "pipeline" } as const;
  expect(filterCondition({ tag })).toEqual({ taggedEvent: tag });
  const frequency = { interval: "5m", value: 5 } as const;
  expect(filterCondition({ frequency })).toEqual({ eventFrequencyCount: frequency });
  expect(atLeast(75)).toEqual({ issuePriorityGreaterOrEqual: { comparison: 75 } });
  expect(triggerConditions["every-event"]).toEqual([]);
});

describe("in words", () => {
  test("numbers have their unit", () => {
    expect(amount("failure_rate()", 0.07)).toBe("7 %");
    expect(amount("percentage(sessions_crashed, sessions)", 97)).toBe("97 %");
    expect(amount("count()", 1)).toBe("1 event");
    expect(amount("p95(span.duration)", 1500)).toBe("1500 ms");
    expect([span(90), span(300), span(3600), span(5400)]).toEqual(["90 s", "5 min", "1 h", "90 min"]);
  });

  test("each rule says when it fires", () => {
    const all = Object.entries<AlertRule>(alertRules).map(([id, rule]) => `${id}: ${firesWhen(rule)}`);
    expect(all.join("\n")).toMatchInlineSnapshot(`
      "high-error-rate: failure_rate() of is_transaction:true span.op:http.server above 5 % (warning 2 %) in 5 min
      new-issue: an issue is new, level error or above
      regression: a resolved issue is back
      database-failure: count() of is:unresolved subsystem:database above 10 events (warning 3 events) in 5 min
      authentication-failure-spike: count() of security_event:authentication-failure above 30 events (warning 10 events) in 5 min
      slow-api: p95(span.duration) of is_transaction:true span.op:http.server above 1500 ms (warning 800 ms) in 10 min
      slow-database: p95(span.duration) of span.op:db above 500 ms (warning 250 ms) in 10 min
      pipeline-failure: an event arrives, subsystem:pipeline
      csrf-attack: an event arrives, security_event:csrf-refused, more than 5 events of one issue in 5m
      rate-limit-abuse: count() of security_event:rate-limit-exceeded above 40 events (warning 20 events) in 5 min
      crash-free-sessions: percentage(sessions_crashed, sessions) below 97 % (warning 99 %) in 1 h
      poor-web-vitals: p75(measurements.lcp) of is_transaction:true above 4000 ms (warning 2500 ms) in 1 h"
    `);
  });
});
