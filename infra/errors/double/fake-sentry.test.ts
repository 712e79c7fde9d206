import { afterEach, describe, expect, test } from "vitest";
import { allScopes, type FakeOptions, type FakeSentry, startFakeSentry } from "./fake-sentry.ts";
import { metricMonitor } from "./resources/metric-monitor.ts";
import { SentryApi } from "./sentry-api.ts";
import type { Properties, Value } from "./values.ts";

const detectors = "organizations/golive/projects/backend/detectors/";
const workflows = "organizations/golive/workflows/";

/** A metric monitor that Sentry takes, and its parts to spoil. */
const query = {
  aggregate: "failure_rate()",
  dataset: "events_analytics_platform",
  environment: "production",
  eventTypes: ["trace_item_span"],
  extrapolationMode: "client_and_server_weighted",
  query: "is_transaction:true",
  queryType: 1,
  timeWindow: 300,
};
const conditions = [
  { type: "gt", comparison: 0.05, conditionResult: 75 },
  { type: "gt", comparison: 0.02, conditionResult: 50 },
  { type: "lte", comparison: 0.02, conditionResult: 0 },
];
const metric = (change: Properties = {}, more: Properties = {}): Properties => ({
  type: "metric_issue",
  name: "High error rate",
  config: { detectionType: "static" },
  conditionGroup: { logicType: "any", conditions },
  dataSources: [{ ...query, ...change }],
  ...more,
});
const crashes = { dataset: "metrics", queryType: 2, eventTypes: [], timeWindow: 3600 };
const group = (...list: Properties[]) => ({ conditionGroup: { logicType: "any", conditions: list } });
const uptime = (change: Properties): Properties => ({
  type: "uptime_domain_failure",
  name: "gateway",
  config: { environment: "new-here" },
  dataSources: [{ url: "https://gateway.example/", intervalSeconds: 60, timeoutMs: 5000, ...change }],
});
const cron = (config: Properties): Properties => ({
  type: "monitor_check_in_failure",
  name: "nightly-backup",
  dataSources: [{ config: { schedule_type: "crontab", schedule: "0 2 * * *", timezone: "UTC", ...config } }],
});
const slack = (integrationId: string) => ({ type: "slack", integrationId, config: {}, data: {} });
const email = (config: Properties) => ({ type: "email", config, data: {} });
const alertBody = (change: Properties = {}, ...actions: Properties[]): Properties => ({
  name: "New issue",
  environment: "production",
  config: { frequency: 5 },
  detectorIds: [],
  triggers: { logicType: "any-short", conditions: [] },
  actionFilters: [{ logicType: "all", conditions: [], actions }],
  ...change,
});

describe("a fake Sentry", () => {
  let fake: FakeSentry;
  afterEach(() => fake?.stop());
  async function start(options: FakeOptions = {}, token = "test-token"): Promise<SentryApi> {
    fake = await startFakeSentry(options);
    fake.state.environments.add("production");
    fake.state.addProject(projectOf("backend", fake.state.id()), { defaultRules: false });
    return new SentryApi(fake.baseUrl, token);
  }

  test.each([
    ["a retired dataset", metric({ dataset: "transactions" }), /is_transaction:true/],
    ["a dataset of another query type", metric({ dataset: "events" }), /Invalid dataset for this query type/],
    ["an unknown dataset", metric({ dataset: "sessions" }), /Invalid dataset: sessions/],
    ["several event types of spans", metric({ eventTypes: ["a", "b"] }), /Exactly one event type/],
    ["a short window of spans", metric({ timeWindow: 60 }), /start at 5 minutes/],
    ["no window", metric({ timeWindow: 0 }), /Invalid time window: 0/],
    ["weights of the server alone", metric({ extrapolationMode: "server_weighted" }), /server_weighted/],
    ["the latest release", metric({ query: "is_transaction:true release:latest" }), /release: latest/],
    ["an environment without events", metric({ environment: "nowhere" }), /not part of this organization/],
    ["an odd window of crash rates", metric({ ...crashes, timeWindow: 300 }), /30min, 1h, 2h/],
    ["nothing that resolves", metric({}, group(conditions[0] as Properties)), /Resolution condition required/],
    ["four conditions", metric({}, group(...conditions, conditions[0] as Properties)), /Too many conditions/],
    ["an unknown result", metric({}, group({ type: "gt", comparison: 1, conditionResult: 25 })), /result: 25/],
    ["an unknown comparison", metric({}, group({ type: "eq", comparison: 1, conditionResult: 0 })), /type: eq/],
    ["a name of 201 characters", metric({}, { name: "x".repeat(201) }), /no more than 200/],
    ["an owner who is not there", metric({}, { owner: "team:999" }), /team:999 does not exist/],
    ["an odd uptime interval", uptime({ intervalSeconds: 90 }), /90.* is not a valid interval/],
    ["a URL that is none", uptime({ url: "gateway" }), /Enter a valid URL/],
    ["a schedule of four fields", cron({ schedule: "0 2 * *" }), /not parseable/],
    ["an unknown timezone", cron({ timezone: "Mars/Olympus" }), /Mars\/Olympus.* is not a valid timezone/],
  ] as const)("refuses a monitor with %s", async (_, body, message) => {
    const api = await start();
    await expect(api.send("POST", detectors, body)).rejects.toThrow(message);
    await expect(api.send("POST", detectors, body)).rejects.toThrow(/answered 400/);
    expect(fake.state.detectors).toHaveLength(2);
  });

  test.each([
    ["spans", metric()],
    ["crash rates", metric(crashes)],
    ["what Sentry learns", metric({}, group({ type: "anomaly_detection", comparison: {}, conditionResult: 75 }))],
    ["a name of 200 characters", metric({}, { name: "x".repeat(200) })],
    ["uptime", uptime({})],
    ["a cron job", cron({})],
  ] as const)("takes a monitor of %s", async (_, body) => {
    const api = await start();
    expect(await api.send("POST", detectors, body)).toMatchObject({ name: body["name"], type: body["type"] });
  });

  test.each([
    ["a name of 257 characters", alertBody({ name: "x".repeat(257) }), /no more than 256/],
    ["an environment without events", alertBody({ environment: "nowhere" }), /Environment is not part/],
    ["an odd frequency", alertBody({ config: { frequency: 7 } }), /Invalid frequency: 7/],
    ["a monitor that is not there", alertBody({ detectorIds: ["999"] }), /do not exist: 999/],
    ["an integration that is not there", alertBody({}, slack("999")), /slack integration 999 does not exist/],
    ["a person who left", alertBody({}, email({ targetType: "user", targetIdentifier: "7" })), /user is not part.*7/],
    [
      "a team that is not there",
      alertBody({}, email({ targetType: "team", targetIdentifier: "8" })),
      /team is not part.*8/,
    ],
  ] as const)("refuses an alert with %s", async (_, body, message) => {
    const api = await start();
    await expect(api.send("POST", workflows, body)).rejects.toThrow(message);
    expect(fake.state.workflows).toEqual([]);
  });

  test("takes two alerts of one name, and no two teams, projects or cron monitors of one", async () => {
    const api = await start();
    const first = (await api.send("POST", workflows, alertBody())) as Properties;
    const second = (await api.send("POST", workflows, alertBody())) as Properties;
    expect(second["id"]).not.toBe(first["id"]);
    await api.send("POST", "organizations/golive/teams/", { name: "Platform", slug: "platform" });
    for (const path of ["organizations/golive/teams/", "teams/golive/platform/projects/"] as const) {
      const slug = path.endsWith("teams/") ? "platform" : "backend";
      await expect(api.send("POST", path, { name: "x", slug })).rejects.toThrow(/answered 409.*already exists/);
    }
    await api.send("POST", detectors, cron({}));
    await expect(api.send("POST", detectors, cron({}))).rejects.toThrow(/already in use/);
  });

  test.each([
    "projects/golive/backend/rules/",
    "projects/golive/backend/rules/12/",
    "projects/golive/backend/alert-rules/",
    "organizations/golive/alert-rules/",
    "organizations/golive/combined-rules/",
  ])("answers 410 for %s, which is gone, and names what took its place", async (path) => {
    const api = await start();
    await expect(api.send("POST", path, {})).rejects.toThrow(
      /answered 410.*no longer exists.*use \/api\/0\/organizations/,
    );
  });

  test("a token does what its scopes say, and sees its projects only", async () => {
    const tokens = {
      reader: { scopes: ["alerts:read", "project:read"] },
      part: { scopes: allScopes, projects: ["backend"] },
    };
    const reader = await start({ tokens }, "reader");
    fake.state.addProject(projectOf("hidden", fake.state.id()), { defaultRules: false });
    await expect(reader.send("POST", workflows, alertBody())).rejects.toThrow(/answered 403/);
    const part = new SentryApi(fake.baseUrl, "part");
    const listed = await part.list("organizations/golive/detectors/");
    expect(listed).toHaveLength(2);
    await expect(part.send("GET", "projects/golive/hidden/")).rejects.toThrow(/answered 403/);
    const hidden = fake.state.detectors.find(({ project }) => project.slug === "hidden");
    await expect(part.send("GET", `organizations/golive/detectors/${hidden?.id}/`)).rejects.toThrow(/answered 403/);
    await expect(part.send("POST", workflows, alertBody({ detectorIds: [hidden?.id ?? ""] }))).rejects.toThrow(
      /do not exist/,
    );
    await expect(new SentryApi(fake.baseUrl, "nobody's").send("GET", workflows)).rejects.toThrow(/answered 401/);
  });

  test("a list comes in pages, each with a link to the next", async () => {
    const api = await start({ pageSize: 2 });
    for (const number of [1, 2, 3, 4, 5]) await api.send("POST", workflows, alertBody({ name: `alert ${number}` }));
    const before = fake.requests.length;
    const names = (await api.list(workflows)).map((one) => (one as Properties)["name"]);
    expect(names).toEqual([1, 2, 3, 4, 5].map((number) => `alert ${number}`));
    expect(fake.requests.slice(before).map(({ path }) => path.split("cursor=")[1])).toEqual([
      undefined,
      "0:2:0",
      "0:4:0",
    ]);
  });

  test("who asks too often waits as long as he is told, and is served then", async () => {
    const api = await start();
    fake.failNext("GET", /workflows/, 429, { "retry-after": "1" });
    const began = performance.now();
    expect(await api.list(workflows)).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(950);
    for (let times = 0; times < 5; times += 1) fake.failNext("GET", /workflows/, 429, { "retry-after": "0" });
    await expect(api.list(workflows)).rejects.toThrow(/answered 429/);
  });

  test("the plan's seats run out", async () => {
    const api = await start({ seats: { metric: 1, uptime: 0 } });
    await api.send("POST", detectors, metric());
    await expect(api.send("POST", detectors, metric())).rejects.toThrow(/maximum number of metric monitors/);
    await expect(api.send("POST", detectors, uptime({}))).rejects.toThrow(/pay-as-you-go/);
  });

  test("stands under another path as self-hosted ones do, and knows its own organization only", async () => {
    const api = await start({ prefix: "/sentry/api", organization: "acme" });
    expect(await api.send("GET", "organizations/acme/workflows/")).toEqual([]);
    await expect(api.send("GET", "organizations/golive/workflows/")).rejects.toThrow(/answered 404/);
    const elsewhere = new SentryApi(fake.baseUrl.replace("/sentry", ""), "test-token");
    expect(await elsewhere.find("internal/health/")).toBeUndefined();
  });

  test("crash rates come back without event types, whatever was sent", async () => {
    const api = await start();
    const made = (await api.send("POST", detectors, metric({ ...crashes, eventTypes: ["error"] }))) as Properties;
    const found = await metricMonitor.read(api, String(made["id"]), { organization: "golive", project: "backend" });
    expect(found?.state).toMatchObject({ eventTypes: [], queryType: "crash_rate", dataset: "metrics" });
  });

  test("an uptime monitor makes its environment; the monitors that Sentry made itself stay", async () => {
    const api = await start();
    await api.send("POST", detectors, uptime({}));
    expect([...fake.state.environments]).toContain("new-here");
    const own = fake.state.detectors.find(({ type }) => type === "error");
    await expect(api.send("DELETE", `organizations/golive/detectors/${own?.id}/`)).rejects.toThrow(/cannot be deleted/);
  });
});

function projectOf(slug: string, id: string) {
  const options: Record<string, Value> = {
    "filters:blacklisted_ips": "",
    "filters:error_messages": "",
    "filters:releases": "",
  };
  return { id, slug, name: slug, teams: [], settings: {}, options, filters: {} };
}
