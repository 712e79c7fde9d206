import { describe, expect, test } from "vitest";
import type { Alert } from "./alert.ts";
import { type AlertCase, noData } from "./alert-case.ts";
import { alertCases } from "./alert-cases.ts";
import { alerts } from "./alerts.ts";
import { labelsOf } from "./label-sets.ts";
import { parseQuery } from "./promql.ts";
import { recordingRules } from "./recording-rules.ts";
import { ruleFaults } from "./rule-faults.ts";

const sound: Alert = {
  severity: "ticket",
  for: "10m",
  expr: 'max by (pod) (lag_seconds{job="x"}) > 5',
  summary: "It lags",
  description: "{{ $labels.pod }} lags by {{ $value }}.",
  runbook: "lag",
  why: "a test",
};
const fires: AlertCase = { series: { 'lag_seconds{job="x",pod="a"}': "9x20" }, at: "15m", fires: { pod: "a" } };
const silent: AlertCase = { series: { 'lag_seconds{job="x",pod="a"}': "1x20" }, at: "15m" };
const cases = [fires, silent, noData];
const recorded = [{ record: "job:lag:max", expr: 'max by (job) (lag_seconds{job="x"})' }];

const faultsOf = (change: Partial<Alert>, its: readonly AlertCase[] = cases) =>
  ruleFaults({ alerts: { Lag: { ...sound, ...change } }, cases: { Lag: its }, recorded: [] });
const queryFaults = (expr: string) =>
  labelsOf(parseQuery(expr), new Map(recorded.map((rule) => [rule.record, parseQuery(rule.expr)]))).faults;

test("a sound rule has no fault", () => {
  expect(faultsOf({})).toEqual([]);
});

describe("cases", () => {
  test.each([
    [[silent, noData], "Lag: no case in which it fires"],
    [[fires, noData], "Lag: no case in which something happens and it stays silent"],
    [[fires, silent], "Lag: no case without data"],
    [[fires, silent, { ...noData, at: "5m" }], "Lag: its case without data ends at 5m, before it could fire"],
  ])("a rule without one of the three is a fault", (its, fault) => {
    expect(faultsOf({}, its)).toEqual([fault]);
  });

  test("a rule without any case has all three faults", () => {
    expect(ruleFaults({ alerts: { Lag: sound }, cases: {}, recorded: [] })).toHaveLength(3);
  });

  test("cases of a rule that is gone are a fault", () => {
    expect(ruleFaults({ alerts: {}, cases: { Lag: cases }, recorded: [] })).toEqual(["Lag: has cases and is no alert"]);
  });

  test("each alert of the platform, robbed of its firing cases, is found", () => {
    for (const [name, its] of Object.entries<readonly AlertCase[]>(alertCases)) {
      const robbed = { ...alertCases, [name]: its.filter((one) => !one.fires) };
      const faults = ruleFaults({ alerts, cases: robbed, recorded: recordingRules });
      expect(faults).toContain(`${name}: no case in which it fires`);
    }
  });
});

describe("labels", () => {
  test.each(["{{ $value }}", "{{ $value | humanize }}", "{{ .Value }}"])(
    "the value %s in a label is a fault",
    (value) => {
      expect(faultsOf({ labels: { age: value } })).toEqual([
        "Lag: its label age holds the value: each change of it is a new alert that waits anew",
      ]);
    },
  );

  test("a text with a label that the series never carry is a fault", () => {
    expect(faultsOf({ description: "{{ $labels.database }} lags." })).toEqual([
      "Lag: its text has the label database, which it never carries",
    ]);
    expect(faultsOf({ description: "{{ $labels.team }} lags.", labels: { team: "a" } })).toEqual([]);
  });

  test("absent keeps the equalities of a plain selector, and nothing of an expression", () => {
    const text = "{{ $labels.job }}.";
    expect(faultsOf({ expr: 'absent(up{job="x"})', description: text })).toEqual([]);
    expect(faultsOf({ expr: 'absent(up{job="x"} == 1)', description: text })).toHaveLength(1);
  });
});

describe("operands", () => {
  test.each([
    ['a{kind="full"} > 0 and b == 0', "kind"],
    ['a{kind="full"} and on (kind) a{kind="dump"}', 'kind is "full" on one side and "dump" on the other'],
    ["sum by (db) (a) / sum by (pod) (b)", "db"],
    ["sum(a) / sum by (pod) (b)", "pod"],
    ["a / sum by (pod) (b)", "job"],
    ["sum(a) > on (db) sum by (db) (b)", "one has no db to match on"],
    ["a unless sum(b)", "job"],
    ["job:lag:max > on (pod) sum by (pod) (b)", "one has no pod to match on"],
    ["sum by (pod, le) (a) and histogram_quantile(0.9, sum by (pod, le) (b)) > 1", "le"],
    ['absent(up{job="x"}) and sum(b) > 0', "job"],
    ["sum by (db) (sum by (pod) (a))", "sum by db, which nothing in it has"],
    ['job:lag:max{pod="a"} > 0', "job:lag:max never has the label pod"],
    // Inside of something else.
    ["sum(rate(c[5m])) > 0 or max(sum(a) / sum by (pod) (b)) > 1", "pod"],
  ])("%s can never be true", (expr, why) => {
    expect(queryFaults(expr)).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    'a{kind="full"} > 0 and on (db) b == 0',
    'a{job="x",kind="full"} / b{job="x",kind="full"}',
    "sum by (db) (a) / sum by (db) (b)",
    "sum by (db) (a) / on () group_left () sum(b)",
    "sum by (db, pod) (a) > ignoring (pod) group_left () sum by (db) (b)",
    "sum(a) > 0 and on () count(b) > 0",
    "time() - max by (db) (a) > 3600",
    "max by (db) (a) == 0 or max by (pod) (b) == 0",
    "histogram_quantile(0.9, sum by (pod, le) (a)) > 1 and on (pod) sum by (pod) (b) > 1",
    'max by (job) (a) > job:lag:max{job="x"}',
    'label_replace(sum by (pod) (a), "db", "$1", "pod", "(.*)") > on (db) sum by (db) (b)',
    "scalar(sum(a)) * sum by (pod) (b) > 2 or vector(0)",
  ])("%s can be true", (expr) => {
    expect(queryFaults(expr)).toEqual([]);
  });
});

test("a recorded series that no alert reads is a fault, and so is a query that cannot be read", () => {
  expect(ruleFaults({ alerts: { Lag: sound }, cases: { Lag: cases }, recorded })).toEqual([
    "job:lag:max: no alert reads it",
  ]);
  expect(faultsOf({ expr: "max by (pod (a)" })).toEqual(['Lag: word expected, found "("']);
});
