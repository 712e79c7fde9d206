import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { toolPath } from "../../local/toolchain/index.ts";
import type { Alerts } from "./alert.ts";
import { alertmanagerConfig, listeners } from "./alertmanager-config.ts";
import { alerts } from "./alerts.ts";
import { inhibitions, loudness } from "./inhibitions.ts";
import { labelsOf } from "./label-sets.ts";
import { parseQuery } from "./promql.ts";
import type { Receivers } from "./receivers.ts";
import { recordingRules } from "./recording-rules.ts";

const table: Alerts = alerts;
const logUrl = "http://alert-log:8080/";
const email = {
  host: "mail.example.org",
  port: 587,
  from: "golive@example.org",
  to: ["ops@example.org"],
  user: "golive",
};
const everyone: Receivers = { slack: {}, pagerduty: {}, email, deadman: {} };

test("a page reaches people by whatever they have, and a ticket wakes nobody", () => {
  expect(listeners("page", everyone)).toEqual(["pagerduty", "slack"]);
  expect(listeners("page", { email })).toEqual(["email"]);
  expect(listeners("ticket", everyone)).toEqual(["slack", "email"]);
  expect(listeners("ticket", { pagerduty: {} })).toEqual([]);
  expect(listeners("page", {})).toEqual([]);
});

test("no secret stands in the configuration: only names of files do", () => {
  const text = JSON.stringify(alertmanagerConfig({ logUrl, receivers: everyone, folder: "/secrets" }));
  expect(text).not.toMatch(/"(api_url|routing_key|service_key|auth_password)":/);
  for (const file of ["slack-webhook-url", "pagerduty-routing-key", "smtp-password", "deadman-url"])
    expect(text).toContain(`"/secrets/${file}"`);
});

test("mail is never sent without TLS", () => {
  const required = (port: number) =>
    /"require_tls":(\w+)/.exec(
      JSON.stringify(alertmanagerConfig({ logUrl, receivers: { email: { ...email, port } } })),
    )?.[1];
  expect(required(587)).toBe("true");
  expect(required(25)).toBe("true");
  // TLS is there before the first word.
  expect(required(465)).toBe("false");
});

test("a quiet alert never silences a louder one, and none silences itself", () => {
  for (const { causes, silences } of inhibitions)
    for (const cause of causes)
      for (const silenced of silences) {
        expect(cause).not.toBe(silenced);
        const [loud, quiet] = [table[cause], table[silenced]].map((alert) => loudness[alert?.severity ?? "none"]);
        expect(loud, `${cause} silences ${silenced}`).toBeGreaterThanOrEqual(quiet ?? Number.NaN);
      }
});

test("what silences by a label has it on both sides, or it silences what it should not, or nothing", () => {
  const recorded = new Map(recordingRules.map(({ record, expr }) => [record, parseQuery(expr)]));
  for (const { causes, silences, where = {}, equal = [] } of inhibitions)
    for (const name of [...causes, ...silences]) {
      const alert = table[name];
      const { labels } = labelsOf(parseQuery(alert?.expr ?? ""), recorded);
      if (labels === "scalar") throw new Error(`${name} has no series`);
      const carried = [...labels.labels, ...Object.keys(alert?.labels ?? {})];
      for (const label of causes.includes(name) ? [...equal, ...Object.keys(where)] : equal)
        expect(carried, name).toContain(label);
    }
});

/** Amtool, if this machine has it; `golive test` sees to it. */
const amtool = existsSync(toolPath("amtool")) ? toolPath("amtool") : undefined;
const title = amtool
  ? "as Alertmanager itself reads it"
  : "as Alertmanager itself reads it (skipped: amtool is not built, run golive doctor)";

describe.skipIf(!amtool)(title, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "golive-routes-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (receivers: Receivers, ...args: string[]) => {
    const file = join(folder, "alertmanager.yaml");
    writeFileSync(file, stringify(alertmanagerConfig({ logUrl, receivers })));
    const all = args.map((arg) => arg.replace("FILE", file));
    return spawnSync(amtool ?? "", all, { encoding: "utf8" });
  };
  const receiversOf = (receivers: Receivers, labels: Readonly<Record<string, string>>) => {
    const args = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return run(receivers, "config", "routes", "test", "--config.file=FILE", ...args).stdout.trim();
  };

  test.each<[string, Receivers]>([
    ["the log alone", {}],
    ["everybody", everyone],
    ["Slack", { slack: {} }],
    ["PagerDuty in the EU", { pagerduty: { url: "https://events.eu.pagerduty.com/v2/enqueue" } }],
    [
      "mail without a login",
      { email: { host: "relay", port: 465, from: "a@example.org", to: ["b@example.org", "c@example.org"] } },
    ],
    ["a dead man's switch", { deadman: {} }],
  ])("a configuration with %s is valid", (_, receivers) => {
    const { status, stdout, stderr } = run(receivers, "check-config", "FILE");
    expect(status, stdout + stderr).toBe(0);
  });

  test.each([
    ["Watchdog", {}, "watchdog"],
    ["GatewayAbsent", {}, "log"],
    ["TargetDown", {}, "log"],
    ["Watchdog", everyone, "watchdog"],
    ["GatewayAbsent", everyone, "log,page"],
    ["TargetDown", everyone, "log,ticket"],
    ["GatewayAbsent", { pagerduty: {} }, "log,page"],
    // Nobody who could hear it without being woken.
    ["TargetDown", { pagerduty: {} }, "log"],
    ["TargetDown", { email }, "log,ticket"],
    ["TargetDown", { deadman: {} }, "log"],
  ] as const)("%s, with these receivers, goes to those who should hear it (%#)", (alertname, receivers, expected) => {
    const severity = alerts[alertname].severity;
    expect(receiversOf(receivers, { alertname, severity, environment: "production" })).toBe(expected);
  });

  test("every alert reaches somebody by its severity", () => {
    const to = { page: "log,page", ticket: "log,ticket", none: "watchdog" };
    const one = (severity: "page" | "ticket" | "none") =>
      Object.entries(table).find(([, alert]) => alert.severity === severity)?.[0] ?? "";
    for (const severity of ["page", "ticket", "none"] as const)
      expect(receiversOf(everyone, { alertname: one(severity), severity })).toBe(to[severity]);
    const quiet = Object.entries(table).filter(([, { severity }]) => severity === "none");
    expect(quiet.map(([name]) => name)).toEqual(["Watchdog"]);
  });
});
