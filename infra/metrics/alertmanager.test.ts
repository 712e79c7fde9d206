import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { toolPath } from "../../local/toolchain/index.ts";
import { until } from "../../tests/e2e/until.ts";
import { freePort } from "../../tests/free-port.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import { type AlertName, alerts } from "./alerts.ts";
import { receiverFiles } from "./receivers.ts";
import { annotations } from "./rules.ts";

/** Alertmanager, if this machine has it; `golive test` sees to it. */
const program = existsSync(toolPath("alertmanager")) ? toolPath("alertmanager") : undefined;
const title = program
  ? "as Alertmanager itself delivers them"
  : "as Alertmanager itself delivers them (skipped: alertmanager is not built, run golive doctor)";

describe.skipIf(!program)(title, () => {
  const arrived: { readonly path: string; readonly body: string }[] = [];
  let folder = "";
  let base = "";
  let listener: Server | undefined;
  let child: ChildProcess | undefined;
  let output = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "golive-alertmanager-"));
    listener = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      request.on("end", () => {
        arrived.push({ path: request.url ?? "", body });
        response.writeHead(request.url === "/pagerduty" ? 202 : 200).end("ok");
      });
    });
    await new Promise<void>((resolve) => listener?.listen(0, "127.0.0.1", resolve));
    const there = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    writeFileSync(join(folder, receiverFiles.slack), `${there}/slack`);
    writeFileSync(join(folder, receiverFiles.pagerduty), "routing-key-of-a-test");
    writeFileSync(join(folder, receiverFiles.deadman), `${there}/deadman`);
    const receivers = { slack: {}, pagerduty: { url: `${there}/pagerduty` }, deadman: {} };
    const config = alertmanagerConfig({ logUrl: `${there}/log/`, receivers, folder });
    // As it is, but for the pauses in which alerts of one cause gather.
    const hurried = stringify(config)
      .replaceAll("group_wait: 30s", "group_wait: 1s")
      .replaceAll("interval: 5m", "interval: 2s");
    writeFileSync(join(folder, "alertmanager.yaml"), hurried);
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    child = spawn(program ?? "", [
      `--config.file=${join(folder, "alertmanager.yaml")}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ]);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    await until("Alertmanager", 60_000, async () => ((await fetch(`${base}/-/ready`)).ok ? true : undefined));
  }, 90_000);
  afterAll(async () => {
    if (child && child.exitCode === null) {
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      child.kill();
      await gone;
    }
    await new Promise((resolve) => listener?.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  type Fired = readonly [AlertName, Readonly<Record<string, string>>];
  /** What Prometheus posts. `more` goes over what the alert says of itself. */
  const fire = async (fired: readonly Fired[], more: { description?: string; endsAt?: Date } = {}) => {
    const { description, endsAt } = more;
    const body = fired.map(([alertname, labels]) => ({
      labels: { alertname, severity: alerts[alertname].severity, environment: "test", ...labels },
      annotations: {
        ...annotations(alerts[alertname], "https://runbooks.example.org"),
        ...(description === undefined ? {} : { description }),
      },
      ...(endsAt === undefined ? {} : { endsAt }),
    }));
    const response = await fetch(`${base}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status, output).toBe(200);
  };
  const at = (path: string, name: string) =>
    until(`${name} at ${path}`, 60_000, async () =>
      arrived.find((one) => one.path === path && one.body.includes(name)),
    );

  test("a page arrives at PagerDuty, on Slack and in the log, each in its own words", async () => {
    await fire([["CredentialAttack", { kind: "authentication-failure" }]]);
    const page = JSON.parse((await at("/pagerduty", "CredentialAttack")).body);
    expect(page).toMatchObject({
      routing_key: "routing-key-of-a-test",
      event_action: "trigger",
      payload: { severity: "critical", class: "CredentialAttack", group: "test" },
    });
    expect(page.payload.summary).toBe(`CredentialAttack (test): ${alerts.CredentialAttack.summary}`);
    expect(JSON.stringify(page.payload.custom_details)).toContain("https://runbooks.example.org/security-events");
    const [message] = JSON.parse((await at("/slack", "CredentialAttack")).body).attachments;
    expect(message.title).toBe("FIRING CredentialAttack (test)");
    expect(message.text).toContain(`*${alerts.CredentialAttack.summary}*`);
    expect(message.text).toContain("<https://runbooks.example.org/security-events|runbook>");
    expect(JSON.parse((await at("/log/", "CredentialAttack")).body).alerts).toHaveLength(1);
  }, 120_000);

  test("a page arrives although its labels look like templates and markup", async () => {
    const hostile = '{{ $value }} {{ template "none" . }} {{ <!channel> & more';
    const fired: readonly Fired[] = [["PostgresTwoPrimaries", { namespace: hostile }]];
    const description = `Look at ${hostile}.`;
    await fire(fired, { description });
    const page = JSON.parse((await at("/pagerduty", "PostgresTwoPrimaries")).body);
    expect(page.payload.custom_details.firing).toContain('Look at  $value   template "none" .   <!channel> & more.');
    const [message] = JSON.parse((await at("/slack", "PostgresTwoPrimaries")).body).attachments;
    expect(message.text).toContain('Look at {{ $value }} {{ template "none" . }} {{ !channel  more.');
    // Once it is over, that is told in the same safe way.
    await fire(fired, { description, endsAt: new Date() });
    const end = await until("the end of the page", 30_000, async () =>
      arrived.find(({ path, body }) => path === "/pagerduty" && body.includes('"event_action":"resolve"')),
    );
    expect(end.body).toContain('"class":"PostgresTwoPrimaries"');
  }, 120_000);

  test("a ticket arrives on Slack and wakes nobody", async () => {
    await fire([["PostgresFenced", { namespace: "app", pod: "pg-1" }]]);
    await at("/slack", "PostgresFenced");
    await at("/log/", "PostgresFenced");
    expect(arrived.filter(({ path, body }) => path === "/pagerduty" && body.includes("PostgresFenced"))).toEqual([]);
  }, 120_000);

  test("the watchdog arrives at whoever waits for it, and not on Slack", async () => {
    await fire([["Watchdog", {}]]);
    await at("/deadman", "Watchdog");
    await at("/log/watchdog", "Watchdog");
    expect(arrived.filter(({ path, body }) => path === "/slack" && body.includes("Watchdog"))).toEqual([]);
  }, 120_000);

  test("a gateway that is down silences how slow it is, in its own environment and nothing else", async () => {
    const fired: readonly Fired[] = [
      ["GatewayAbsent", { job: "gateway" }],
      ["GatewayLatencyBudgetBurnFast", {}],
      ["GatewayLatencyBudgetBurnFast", { environment: "other" }],
      ["CircuitBreakerOpen", { upstream: "shop" }],
      ["UpstreamFailing", { upstream: "shop" }],
      ["UpstreamFailing", { upstream: "mail" }],
      ["TargetDown", { job: "jaeger" }],
      ["TracesAbsent", {}],
    ];
    await fire(fired);
    const names = fired.map(([name]): string => name);
    const states = await until("all alerts", 30_000, async () => {
      const all = (await (await fetch(`${base}/api/v2/alerts`)).json()) as {
        labels: Record<string, string>;
        status: { state: string };
      }[];
      const known = all.filter(
        ({ labels, status }) => names.includes(labels["alertname"] ?? "") && status.state !== "unprocessed",
      );
      // The inhibitor learns of an alert a moment after the API does.
      const settled = known.some(({ status }) => status.state === "suppressed");
      return settled && known.length === fired.length ? known : undefined;
    });
    const silenced = states.filter(({ status }) => status.state === "suppressed").map(({ labels }) => labels);
    expect(silenced.map(({ alertname, environment }) => `${alertname} in ${environment}`).sort()).toEqual([
      "GatewayLatencyBudgetBurnFast in test",
      "TracesAbsent in test",
      "UpstreamFailing in test",
    ]);
    expect(silenced.find(({ alertname }) => alertname === "UpstreamFailing")).toMatchObject({ upstream: "shop" });
  }, 120_000);
});
