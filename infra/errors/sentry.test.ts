import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { masked, opened } from "../testing/mocks.ts";
import { alertIds, alertRules } from "./alerts.ts";
import type { Sentry } from "./sentry.ts";
import type { SentrySeen } from "./testing/sentry-mocks.ts";
import { base, filterOf, pagingKey, run, token } from "./testing/sentry-run.ts";

const promiseOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

let seen: SentrySeen;
let made: Sentry;
beforeAll(async () => {
  ({ seen, made } = await run());
});

describe("what is asked for", () => {
  test("is all asked of the one provider that is named, look-ups too", () => {
    const own = seen.resources.filter(({ type }) => type.startsWith("sentry:"));
    expect(own.length).toBeGreaterThan(25);
    for (const { name, provider } of own) expect(provider, name).toMatch(/pulumi:providers:sentry::sentry-api::/);
    expect(seen.calls.length).toBe(4);
    for (const { token: call, provider } of seen.calls) expect(provider, call).toContain("::sentry-api::");
    expect(seen.made("sentry", "sentry-api").inputs.baseUrl).toBe("https://de.sentry.io/api/");
  });

  test("two projects of the stack's own, each with a key that has a limit, and none of Sentry's defaults", () => {
    for (const [project, platform, count] of [
      ["backend", "node", 600],
      ["frontend", "javascript-react", 300],
    ] as const) {
      const slug = `golive-production-${project}`;
      expect(seen.made("Project", `sentry-${project}`).inputs).toMatchObject({
        name: slug,
        slug,
        platform,
        teams: ["golive-production"],
        defaultRules: false,
        defaultKey: false,
      });
      expect(seen.made("Key", `sentry-${project}-key`).inputs).toMatchObject({
        project: slug,
        rateLimitCount: count,
        rateLimitWindow: 60,
      });
      expect(seen.made("ProjectSpikeProtection", `sentry-${project}-spikes`).inputs).toMatchObject({ enabled: true });
    }
    const filters = seen.kind("ProjectInboundDataFilter").map(({ inputs }) => `${inputs.project} ${inputs.filterId}`);
    expect(filters).toEqual([
      "golive-production-frontend browser-extensions",
      "golive-production-frontend web-crawlers",
      "golive-production-frontend localhost",
    ]);
  });

  test("messages in Slack lead to the page of a single issue's rule, and of monitors to the list of pages", async () => {
    const { seen: linked } = await run({ pages: "https://runbooks.example/alerts/" });
    const notes = (name: string) =>
      filterOf(linked.made("Alert", name)).actions.flatMap(({ slack }: { slack?: { notes?: string } }) =>
        slack ? [slack.notes] : [],
      );
    expect(notes("sentry-csrf-attack")).toEqual(["Runbook: https://runbooks.example/alerts/security-events/"]);
    expect(notes("sentry-warning")).toEqual(["Runbook: https://runbooks.example/alerts/"]);
    expect(JSON.stringify(seen.kind("Alert").map(({ inputs }) => inputs))).not.toContain("Runbook");
  });

  test("every rule of the catalogue once, under its title and environment", () => {
    for (const id of alertIds) {
      const { title, trigger } = alertRules[id];
      const type = trigger.kind === "metric" ? "MetricMonitor" : "Alert";
      expect(seen.made(type, `sentry-${id}`).inputs).toMatchObject({
        name: `${title} (production)`,
        environment: "production",
        organization: "golive",
      });
    }
    expect(seen.kind("MetricMonitor")).toHaveLength(8);
    expect(seen.kind("Alert")).toHaveLength(4 + 2);
  });

  test("no alert has more than one block of actions, and none is without somebody who is told", () => {
    for (const alert of seen.kind("Alert")) {
      expect(alert.inputs.actionFilters, alert.name).toHaveLength(1);
      expect(filterOf(alert).actions.length, alert.name).toBeGreaterThan(0);
    }
  });

  test("a metric becomes a monitor that resolves itself, with its window and an owner", () => {
    expect(seen.made("MetricMonitor", "sentry-high-error-rate").inputs).toMatchObject({
      project: "golive-production-backend",
      dataset: "events_analytics_platform",
      eventTypes: ["trace_item_span"],
      aggregate: "failure_rate()",
      query: "is_transaction:true span.op:http.server",
      timeWindowSeconds: 300,
      issueDetection: { type: "static" },
      extrapolationMode: "client_and_server_weighted",
      owner: { teamId: "4501" },
      conditionGroup: {
        logicType: "any",
        conditions: [
          { type: "gt", comparison: 0.05, conditionResult: 75 },
          { type: "gt", comparison: 0.02, conditionResult: 50 },
          { type: "lte", comparison: 0.02, conditionResult: 0 },
        ],
      },
    });
    const { eventTypes, query } = seen.made("MetricMonitor", "sentry-crash-free-sessions").inputs;
    expect({ eventTypes, query }).toEqual({ eventTypes: [], query: "" });
  });

  test("alerts on issues stand on the projects' own monitors of errors", () => {
    const { inputs } = seen.made("Alert", "sentry-new-issue");
    expect(inputs).toMatchObject({
      monitorIds: ["golive-production-backend-found", "golive-production-frontend-found"],
      frequencyMinutes: 5,
      triggerConditions: [{ firstSeenEvent: {} }],
    });
    expect(inputs.actionFilters[0].conditions).toEqual([{ level: { match: "gte", level: 40 } }]);
    const csrf = seen.made("Alert", "sentry-csrf-attack");
    expect(csrf.inputs.triggerConditions).toEqual([]);
    expect(filterOf(csrf)).toMatchObject({
      logicType: "all",
      conditions: [
        { taggedEvent: { key: "security_event", match: "eq", value: "csrf-refused" } },
        { eventFrequencyCount: { interval: "5m", value: 5 } },
      ],
    });
  });

  test("one critical and one warning alert serve all monitors; a ticket's monitor wakes nobody", () => {
    const critical = seen.made("Alert", "sentry-critical");
    const warning = seen.made("Alert", "sentry-warning");
    const monitors = [...seen.kind("MetricMonitor"), ...seen.kind("CronMonitor"), ...seen.kind("UptimeMonitor")];
    expect([...warning.inputs.monitorIds].sort()).toEqual(monitors.map(({ name }) => `${name}-id`).sort());
    expect(critical.inputs.monitorIds).toContain("sentry-high-error-rate-id");
    expect(critical.inputs.monitorIds).toContain("sentry-cron-backup-id");
    expect(critical.inputs.monitorIds).not.toContain("sentry-cron-prune-id");
    expect(critical.inputs.monitorIds).not.toContain("sentry-slow-database-id");
    expect(filterOf(critical).conditions).toEqual([{ issuePriorityGreaterOrEqual: { comparison: 75 } }]);
    expect(filterOf(warning).conditions).toEqual([{ issuePriorityGreaterOrEqual: { comparison: 50 } }]);
    // Each monitor has its environment; those of backups have none.
    expect([critical.inputs.environment, warning.inputs.environment]).toEqual([undefined, undefined]);
    // An issue that becomes critical is neither new nor back.
    expect([critical.inputs.triggerConditions, warning.inputs.triggerConditions]).toEqual([[], []]);
  });

  test("monitors of backups wait for those that check in alone, by the configuration's clock", () => {
    expect(seen.kind("CronMonitor").map(({ name }) => name)).toEqual([
      "sentry-cron-backup",
      "sentry-cron-prune",
      "sentry-cron-monitor",
    ]);
    expect(seen.made("CronMonitor", "sentry-cron-monitor").inputs).toMatchObject({
      project: "golive-production-backend",
      name: "backup-monitor",
      schedule: { crontab: "15 */6 * * *" },
      timezone: "Etc/UTC",
      maxRuntimeMinutes: 10,
    });
  });

  test("the gateway is asked from outside, where it is public", async () => {
    expect(seen.made("UptimeMonitor", "sentry-uptime-gateway-health").inputs).toMatchObject({
      url: "https://api.example/api/health",
      environment: "production",
      intervalSeconds: 60,
    });
    const { seen: inside } = await run({ publicUrl: undefined });
    expect(inside.kind("UptimeMonitor")).toEqual([]);
  });
});

describe("before the environment's first event", () => {
  test("everything that needs no environment is there already, and its alerts tell of it", async () => {
    const { seen: first } = await run({ alerts: false });
    expect(first.kind("Key")).toHaveLength(2);
    expect(first.kind("MetricMonitor")).toEqual([]);
    expect(first.kind("Alert").map(({ name }) => name)).toEqual(["sentry-critical", "sentry-warning"]);
    expect(first.made("Alert", "sentry-critical").inputs.monitorIds).toEqual([
      "sentry-cron-backup-id",
      "sentry-cron-monitor-id",
      "sentry-uptime-gateway-health-id",
    ]);
  });

  test("later the same resources are the same, and others join them", async () => {
    const { seen: first } = await run({ alerts: false });
    const later = new Set(seen.resources.map(({ type, name }) => `${type} ${name}`));
    for (const { type, name } of first.resources) expect(later).toContain(`${type} ${name}`);
  });

  test("with nothing to watch there is no alert without a monitor", async () => {
    const { seen: first } = await run({
      alerts: false,
      publicUrl: undefined,
      crons: { ...base().crons, checkIns: [] },
    });
    expect(first.kind("Alert")).toEqual([]);
  });
});

describe("secrets", () => {
  test("DSNs and addresses of check-ins are secret, one for each project and each job that checks in", async () => {
    const outputs = [...Object.values(made.dsns), ...Object.values(made.checkIns)];
    expect(outputs).toHaveLength(5);
    expect(await Promise.all(outputs.map((output) => pulumi.isSecret(output)))).toEqual(outputs.map(() => true));
    expect(await promiseOf(made.dsns.backend)).toMatch(/\/41$/);
    expect(await promiseOf(made.dsns.frontend)).toMatch(/\/42$/);
    expect(await promiseOf(made.checkIns.monitor as pulumi.Output<string>)).toBe(
      "https://o1.ingest.example/api/41/cron/backup-monitor/0123456789abcdef0123456789abcdef/",
    );
  });

  test("the token and the paging key go into the state encrypted, and into no other resource", () => {
    const clear = JSON.stringify(masked(seen.resources));
    expect(clear).not.toContain(token);
    expect(clear).not.toContain(pagingKey);
    expect(opened(seen.made("sentry", "sentry-api").inputs.token)).toBe(token);
    expect(opened(seen.made("IntegrationPagerduty", "sentry-pagerduty").inputs.integrationKey)).toBe(pagingKey);
    const holders = seen.resources.filter(({ inputs }) => JSON.stringify(opened(inputs)).includes(token));
    expect(holders.map(({ name }) => name)).toEqual(["sentry-api"]);
  });
});
