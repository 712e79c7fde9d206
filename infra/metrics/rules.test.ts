import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { toolPath } from "../../local/toolchain/index.ts";
import { metricTable } from "../../services/backup/monitor/metric-table.ts";
import { ratios } from "../../services/backup/monitor/size-anomaly.ts";
import type { Alert } from "./alert.ts";
import { type AlertCase, alertCases } from "./alert-cases.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import { alerts } from "./alerts.ts";
import { sizeLimits } from "./backup-alerts.ts";
import { ruleFile } from "./rules.ts";

const table: Readonly<Record<string, Alert>> = alerts;

/** A program of the toolchain, if this machine has it; `golive test` sees to it. */
function program(name: "promtool" | "amtool"): string | undefined {
  const path = toolPath(name);
  return existsSync(path) ? path : undefined;
}

/** Shown in place of a reason when the tests are skipped. */
const titled = (name: "promtool" | "amtool", title: string) =>
  program(name) ? title : `${title} (skipped: ${name} is not built, run golive doctor)`;

test("every alert says how loud it is, what happened and why its numbers are what they are", () => {
  for (const [name, alert] of Object.entries(table)) {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(["page", "ticket", "none"]).toContain(alert.severity);
    expect(alert.summary.length, name).toBeGreaterThan(20);
    expect(alert.why.length, name).toBeGreaterThan(10);
  }
});

test("every alert has a case in which it fires and one in which it stays silent", () => {
  for (const [name, cases] of Object.entries(alertCases)) {
    expect(
      cases.some(({ fires }) => fires !== undefined),
      name,
    ).toBe(true);
    if (name !== "Watchdog")
      expect(
        cases.some(({ fires }) => fires === undefined),
        name,
      ).toBe(true);
  }
});

test("what an alert reads from a recording rule is recorded", () => {
  const text = JSON.stringify(ruleFile());
  const recorded = new Set([...text.matchAll(/"record":"([^"]+)"/g)].map(([, name]) => name));
  const read = Object.values(table).flatMap(({ expr }) => expr.match(/gateway:\w+:\w+/g) ?? []);
  expect(read.length).toBeGreaterThan(5);
  for (const name of read) expect([...recorded]).toContain(name);
});

test("what an alert reads of the backups is a series that their monitor has", () => {
  const read = Object.values(table).flatMap(({ expr }) => expr.match(/golive_backup_\w+/g) ?? []);
  expect(read.length).toBeGreaterThan(20);
  for (const name of read) expect(Object.keys(metricTable)).toContain(name);
});

test("what is an anomaly to Prometheus is one to the monitor", () => {
  expect(ratios).toMatchObject(sizeLimits);
});

describe.skipIf(!program("promtool"))(titled("promtool", "as Prometheus itself sees them"), () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "golive-rules-"));
    writeFileSync(join(folder, "rules.yaml"), stringify(ruleFile()));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program("promtool") ?? "", args, { cwd: folder, encoding: "utf8" });
    return { status, text: stdout + stderr };
  };

  test("the rules are valid", () => {
    expect(promtool("check", "rules", "rules.yaml")).toMatchObject({ status: 0 });
  });

  // A rule file each: all alerts of all cases would be worked out for every minute of every case.
  test.each(Object.entries(alertCases))(
    "%s fires when it should, stays silent when it should, and knows what absent data mean",
    (name, cases) => {
      writeFileSync(join(folder, "one.yaml"), stringify(ruleFile({ [name]: table[name] as Alert })));
      for (const [every, group] of Map.groupBy(cases, (one) => one.every ?? "1m")) {
        const tests = group.map((one) => promtoolTest(name, one));
        writeFileSync(
          join(folder, "test.yaml"),
          stringify({ rule_files: ["one.yaml"], evaluation_interval: every, tests }),
        );
        const { status, text } = promtool("test", "rules", "test.yaml");
        expect(status, text).toBe(0);
      }
    },
    60_000,
  );
});

function promtoolTest(name: string, { series, at, fires, every = "1m" }: AlertCase): Record<string, unknown> {
  const alert = table[name];
  if (!alert) throw new Error(`no alert is called ${name}`);
  const { severity, labels, summary, why } = alert;
  const expected = { exp_labels: { severity, ...labels, ...fires }, exp_annotations: { summary, why } };
  return {
    name: `${name} at ${at}`,
    interval: every,
    input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
    alert_rule_test: [{ eval_time: at, alertname: name, exp_alerts: fires ? [expected] : [] }],
  };
}

describe.skipIf(!program("amtool"))(titled("amtool", "routes of Alertmanager"), () => {
  test.each([
    ["Watchdog", "none", "watchdog"],
    ["GatewayAbsent", "page", "log"],
    ["TargetDown", "ticket", "log"],
  ])("%s of severity %s goes to %s", (alertname, severity, receiver) => {
    const folder = mkdtempSync(join(tmpdir(), "golive-routes-"));
    const file = join(folder, "alertmanager.yaml");
    writeFileSync(file, stringify(alertmanagerConfig({ logUrl: "http://alert-log:8080/" })));
    const args = [
      "config",
      "routes",
      "test",
      `--config.file=${file}`,
      `alertname=${alertname}`,
      `severity=${severity}`,
    ];
    const { stdout } = spawnSync(program("amtool") ?? "", args, { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(stdout.trim()).toBe(receiver);
  });
});
