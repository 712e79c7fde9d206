import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { toolPath } from "../../local/toolchain/index.ts";
import { healthChecks } from "../../services/backup/monitor/checks.ts";
import { metricTable } from "../../services/backup/monitor/metric-table.ts";
import { ratios } from "../../services/backup/monitor/size-anomaly.ts";
import { workloads } from "../workloads.ts";
import type { Alert, Alerts } from "./alert.ts";
import type { AlertCase } from "./alert-case.ts";
import { alertCases } from "./alert-cases.ts";
import { alerts } from "./alerts.ts";
import { sizeLimits } from "./backup-alerts.ts";
import { type ExpectedMetric, expectedMetrics } from "./expected-metrics.ts";
import { recordingRules } from "./recording-rules.ts";
import { ruleFaults } from "./rule-faults.ts";
import { annotations, ruleFile } from "./rules.ts";
import { scrapeTargets } from "./targets.ts";

const table: Alerts = alerts;
const queries = [...Object.values(table), ...recordingRules].map(({ expr }) => expr);

test("every alert says how loud it is, what happened, what to do, and why its numbers are what they are", () => {
  for (const [name, alert] of Object.entries(table)) {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(["page", "ticket", "none"]).toContain(alert.severity);
    expect(alert.summary.length, name).toBeGreaterThan(20);
    expect(alert.summary, name).not.toMatch(/\.$|\{\{/);
    expect(alert.description, name).toMatch(/^.{20,}\.$/s);
    expect(alert.description, name).not.toContain(alert.summary);
    expect(alert.why.length, name).toBeGreaterThan(10);
    expect(alert.runbook, name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  }
});

test("no rule is without a case that fires it, holds its value in a label, or compares what never meets", () => {
  expect(ruleFaults({ alerts, cases: alertCases, recorded: recordingRules })).toEqual([]);
});

test("what an alert reads of the backups is a series that their monitor has", () => {
  const read = queries.flatMap((expr) => expr.match(/golive_backup_\w+/g) ?? []);
  expect(read.length).toBeGreaterThan(20);
  for (const name of read) expect(Object.keys(metricTable)).toContain(name);
});

test("every check of the backups has an alert that leads to its page", () => {
  const pages = Object.values(table).map(({ runbook }) => runbook);
  for (const { runbook } of Object.values(healthChecks)) expect(pages).toContain(runbook);
});

test("what is an anomaly to Prometheus is one to the monitor", () => {
  expect(ratios).toMatchObject(sizeLimits);
});

test("what is expected of a workload is read by a rule, from a job that scrapes it", () => {
  const targets = Object.values(scrapeTargets).map(({ workload }): string => workload);
  for (const [metric, { workload, labels = {} }] of Object.entries<ExpectedMetric>(expectedMetrics)) {
    expect(targets).toContain(workload);
    expect(workloads).toHaveProperty([workload]);
    const series = new RegExp(`\\b${metric}(_count|_bucket)?\\{`);
    const through = recordingRules.filter(({ expr }) => series.test(expr)).map(({ record }) => record);
    const reading = queries
      .filter((expr) => series.test(expr) || through.some((record) => expr.includes(record)))
      .join("\n");
    expect(reading, metric).toContain(`job="${workload}"`);
    for (const [label, values] of Object.entries(labels))
      for (const value of values)
        expect(reading, metric).toMatch(new RegExp(`${label}(=|=~|!=)"([^"]*\\|)?${value}[|"]`));
  }
});

test("a page's address is made of the start that the stack has, and absent where it has none", () => {
  const alert = table["GatewayAbsent"] as Alert;
  expect(annotations(alert)).not.toHaveProperty("runbook_url");
  for (const start of ["https://runbooks.example.org/alerts", "https://runbooks.example.org/alerts/"])
    expect(annotations(alert, start)["runbook_url"]).toBe("https://runbooks.example.org/alerts/gateway-down");
});

test("a rule file holds what its alerts read, and no more", () => {
  const text = (chosen: Alerts) => JSON.stringify(ruleFile({ chosen }));
  expect(text({ SloSeriesAbsent: alerts.SloSeriesAbsent })).toContain('"record":"gateway:http_errors:ratio_rate5m"');
  expect(text({ SloSeriesAbsent: alerts.SloSeriesAbsent })).not.toContain("ratio_rate3d");
  expect(text({ Watchdog: alerts.Watchdog })).not.toContain("record");
});

/** Promtool, if this machine has it; `golive test` sees to it. */
const promtool = existsSync(toolPath("promtool")) ? toolPath("promtool") : undefined;
const title = promtool
  ? "as Prometheus itself sees them"
  : "as Prometheus itself sees them (skipped: promtool is not built, run golive doctor)";

describe.skipIf(!promtool)(title, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "golive-rules-"));
    writeFileSync(join(folder, "rules.yaml"), stringify(ruleFile()));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(promtool ?? "", args, { cwd: folder, encoding: "utf8" });
    return { status, text: stdout + stderr };
  };

  test("the rules are valid", () => {
    expect(run("check", "rules", "rules.yaml")).toMatchObject({ status: 0 });
  });

  // A rule file each: all alerts of all cases would be worked out for every minute of every case.
  test.each(Object.entries<readonly AlertCase[]>(alertCases))(
    "%s fires when it should, stays silent when it should, and knows what absent data mean",
    (name, cases) => {
      const alert = table[name] as Alert;
      writeFileSync(join(folder, "one.yaml"), stringify(ruleFile({ chosen: { [name]: alert } })));
      for (const [every, group] of Map.groupBy(cases, (one) => one.every ?? "1m")) {
        const tests = group.map((one) => promtoolTest(name, alert, one));
        writeFileSync(
          join(folder, "test.yaml"),
          stringify({ rule_files: ["one.yaml"], evaluation_interval: every, tests }),
        );
        const { status, text } = run("test", "rules", "test.yaml");
        expect(status, text).toBe(0);
      }
    },
    120_000,
  );
});

function promtoolTest(name: string, alert: Alert, one: AlertCase): Record<string, unknown> {
  const { series, at, fires = [], every = "1m" } = one;
  const expected = [fires].flat().map((labels) => {
    const all = { severity: alert.severity, ...alert.labels, ...labels };
    const told = { ...annotations(alert), description: rendered(alert.description, all, one.value) };
    return { exp_labels: all, exp_annotations: told };
  });
  return {
    name: `${name} at ${at}`,
    interval: every,
    input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
    alert_rule_test: [{ eval_time: at, alertname: name, exp_alerts: expected }],
  };
}

/** A description as Prometheus fills it in; how it prints a value is said by the case. */
function rendered(template: string, labels: Readonly<Record<string, string>>, value?: string): string {
  return template
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? "")
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, value ?? "(the case does not say which value)");
}
