import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type FakeSentry, type LoggedRequest, startFakeSentry } from "./fake-sentry.ts";
import { changedInputs, type ResourceModel } from "./resource-model.ts";
import { alert } from "./resources/alert.ts";
import { cronMonitor } from "./resources/cron-monitor.ts";
import { key } from "./resources/key.ts";
import { metricMonitor } from "./resources/metric-monitor.ts";
import { project } from "./resources/project.ts";
import { team } from "./resources/team.ts";
import { uptimeMonitor } from "./resources/uptime-monitor.ts";
import { SentryApi } from "./sentry-api.ts";
import type { Properties, Value } from "./values.ts";

const recorded = readFileSync(join(import.meta.dirname, "recorded-requests.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as LoggedRequest);

const organization = "golive";
const place = { organization, project: "golive-backend" };

/** What the recording's program declared: the inputs, and which of the recorded lines each one is. */
const cases = {
  team: { model: team, created: [1, 2], inputs: { organization, name: "platform", slug: "platform" } },
  project: {
    model: project,
    created: [4, 5, 6, 7],
    inputs: {
      organization,
      teams: ["platform"],
      name: "golive-backend",
      slug: "golive-backend",
      platform: "node",
      defaultRules: false,
      defaultKey: false,
    },
  },
  key: { model: key, created: [8], inputs: { ...place, name: "gateway", rateLimitCount: 1000, rateLimitWindow: 60 } },
  "uptime monitor": {
    model: uptimeMonitor,
    created: [9],
    inputs: {
      ...place,
      name: "gateway",
      environment: "production",
      url: "https://gateway.example/api/health",
      method: "GET",
      intervalSeconds: 60,
      timeoutMs: 5000,
    },
  },
  "metric monitor": {
    model: metricMonitor,
    created: [10],
    inputs: {
      ...place,
      name: "High error rate",
      aggregate: "failure_rate()",
      dataset: "events_analytics_platform",
      eventTypes: ["trace_item_span"],
      extrapolationMode: "client_and_server_weighted",
      environment: "production",
      query: "is_transaction:true span.op:http.server",
      queryType: "performance",
      timeWindowSeconds: 300,
      issueDetection: { type: "static" },
      conditionGroup: {
        logicType: "any",
        conditions: [
          { type: "gt", comparison: 0.05, conditionResult: 75 },
          { type: "gt", comparison: 0.02, conditionResult: 50 },
          { type: "lte", comparison: 0.02, conditionResult: 0 },
        ],
      },
    },
  },
  "cron monitor": {
    model: cronMonitor,
    created: [11],
    inputs: {
      ...place,
      name: "nightly-backup",
      schedule: { crontab: "0 2 * * *" },
      timezone: "UTC",
      checkinMarginMinutes: 10,
      maxRuntimeMinutes: 60,
      failureIssueThreshold: 1,
      recoveryThreshold: 1,
    },
  },
  "alert on new issues": {
    model: alert,
    created: [3],
    inputs: {
      organization,
      name: "New issue",
      monitorIds: ["50"],
      environment: "production",
      frequencyMinutes: 5,
      triggerConditions: [{ firstSeenEvent: {} }],
      actionFilters: [
        {
          logicType: "all",
          conditions: [{ level: { match: "gte", level: 40 } }],
          actions: [
            { slack: { integrationId: "1", channelName: "#alerts", channelId: "C01", tags: "environment,level" } },
            { email: { targetType: "issue_owners", fallthroughType: "ActiveMembers" } },
          ],
        },
      ],
    },
  },
  "alert on critical issues": {
    model: alert,
    created: [12],
    inputs: {
      organization,
      name: "Critical",
      monitorIds: ["113"],
      frequencyMinutes: 30,
      triggerConditions: [{ firstSeenEvent: {} }, { reappearedEvent: {} }, { regressionEvent: {} }],
      actionFilters: [
        {
          logicType: "all",
          conditions: [{ issuePriorityGreaterOrEqual: { comparison: 75 } }],
          actions: [{ pagerduty: { integrationId: "2", serviceId: "9", serviceName: "golive", severity: "critical" } }],
        },
      ],
    },
  },
} as const satisfies Record<string, { model: ResourceModel; created: readonly number[]; inputs: Properties }>;

describe("the calls that the real provider was seen to make", () => {
  let fake: FakeSentry;
  let api: SentryApi;
  const requestsOf = new Map<string, LoggedRequest[]>();
  const made = new Map<string, { readonly id: string; readonly state: Properties }>();
  beforeAll(async () => {
    fake = await startFakeSentry();
    api = new SentryApi(fake.baseUrl, "test-token");
    prepare(fake);
    for (const name of ["team", "project", "key", "uptime monitor", "metric monitor", "cron monitor"] as const)
      await create(name);
    rememberAs("113", made.get("metric monitor")?.id);
    for (const name of ["alert on new issues", "alert on critical issues"] as const) await create(name);
    return () => fake.stop();
  });

  test.each(Object.entries(cases))("%s: the same requests in the same order", (name, { created }) => {
    // The recording's Sentry made no key with the project, so there was none to take away.
    const sent = (requestsOf.get(name) ?? []).filter(({ method }) => method !== "DELETE");
    expect(sent.map(canonical)).toEqual(created.map((line) => canonical(recorded[line])));
  });

  // Numbers differ from one Sentry to the next; what stands around them does not.
  test.each(Object.entries(cases))("%s: read and deleted by one request each, as recorded", async (name, { model }) => {
    const { id, state } = made.get(name) ?? { id: "", state: {} };
    const at = fake.requests.length;
    expect((await model.read(api, id, state))?.id).toBe(id);
    const [read] = fake.requests.slice(at);
    expect(recorded.filter(({ method }) => method === "GET").map(pathOf)).toContain(pathOf(read));
    const before = fake.requests.length;
    // The recording ends before the project and the team went.
    if (model === project || model === team) return;
    await model.delete(api, id, state);
    const [gone] = fake.requests.slice(before);
    expect(recorded.filter(({ method }) => method === "DELETE").map(pathOf)).toContain(pathOf(gone));
    expect(await model.read(api, id, state)).toBeUndefined();
  });

  test("what was read back is what the program wrote, so that nothing is left to change", async () => {
    for (const [name, { model, inputs }] of Object.entries(cases)) {
      const { state } = made.get(name) ?? { state: {} };
      expect(changedInputs(model, state, inputs), name).toEqual([]);
      expect(state, name).toMatchObject(inputs);
    }
  });

  async function create(name: keyof typeof cases): Promise<void> {
    const at = fake.requests.length;
    const { model, inputs } = cases[name];
    const { id, state } = await model.create(api, inputs);
    made.set(name, { id, state: JSON.parse(JSON.stringify(state)) as Properties });
    requestsOf.set(name, fake.requests.slice(at));
  }

  /** The recording's monitors have numbers of their own. */
  function rememberAs(id: string, own: string | undefined): void {
    const there = fake.state.detectors.find((one) => one.id === own);
    if (!there) throw new Error(`there is no monitor ${own}`);
    fake.state.detectors.push({ ...there, id });
  }
});

/** What the recording's Sentry held before: an integration of each kind, an environment with events, monitor 50. */
function prepare({ state }: FakeSentry): void {
  state.environments.add("production");
  state.integrations.push({ id: "1", provider: "slack", name: "golive", configData: {} });
  state.integrations.push({ id: "2", provider: "pagerduty", name: "golive", configData: {} });
  const elsewhere = { id: "49", slug: "old", name: "old", teams: [], settings: {}, options: {}, filters: {} };
  state.projects.push(elsewhere);
  state.detectors.push({ id: "50", type: "error", project: elsewhere, body: { name: "errors", type: "error" } });
}

/** The one form that two equal requests share. Status is the server's, not the provider's. */
function canonical(request: LoggedRequest | undefined): string {
  if (!request) return "none";
  const { method, path, body } = request;
  return `${method} ${path} ${JSON.stringify(sorted(body ?? null))}`;
}

const pathOf = (request: LoggedRequest | undefined) => request?.path.replace(/\/k?\d+\/$/, "/<id>/");

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
