import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeSentry, startFakeSentry } from "./fake-sentry.ts";
import { SentryProvider } from "./provider.ts";
import { models } from "./resources/index.ts";
import type { Properties } from "./values.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = (value: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
const random = "0123456789abcdef";
const about = (type: string, id = "") => ({
  type: `sentry:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`,
  name: "mine",
  id,
});

const alert = {
  organization: "golive",
  name: "New issue",
  monitorIds: ["1", "2"],
  frequencyMinutes: 5,
  triggerConditions: [{ firstSeenEvent: {} }],
  actionFilters: [{ logicType: "all", conditions: [], actions: [{ email: { targetType: "issue_owners" } }] }],
};

describe("what the double checks", () => {
  const provider = new SentryProvider();
  const failures = (type: string, inputs: Properties) => provider.check(about(type), {}, inputs, random).failures;

  test("nothing is wrong with a whole alert, nor with one whose monitors are to be made", () => {
    expect(failures("Alert", alert)).toEqual([]);
    expect(failures("Alert", { ...alert, monitorIds: [unknown], actionFilters: unknown })).toEqual([]);
  });

  test.each([
    ["a required input that is missing", { monitorIds: null }, 'missing required property "monitorIds"'],
    ["an input of no such name", { frequency: 5 }, 'unknown property "frequency"'],
    [
      "one of no such name within",
      { triggerConditions: [{ everyEvent: {} }] },
      'unknown property "triggerConditions[0].everyEvent"',
    ],
    ["a list that is none", { monitorIds: "1" }, '"monitorIds" must be a list, it is string'],
    ["a number that is text", { frequencyMinutes: "5" }, '"frequencyMinutes" must be a number, it is string'],
    [
      "an action without its channel",
      { actionFilters: [{ logicType: "all", actions: [{ slack: { integrationId: "1" } }] }] },
      'missing required property "actionFilters[0].actions[0].slack.channelName"',
    ],
  ] as const)("%s is named with its path", (_, change, reason) => {
    expect(failures("Alert", { ...alert, ...change } as Properties).map((one) => one.reason)).toEqual([reason]);
  });

  test("names a resource after itself where the program does not, and keeps the name it has", () => {
    const team = { organization: "golive" };
    const { inputs } = provider.check(about("Team"), {}, team, random);
    expect(inputs).toEqual({ organization: "golive", name: "mine-0123456" });
    expect(provider.check(about("Team"), inputs, team, "fedcba9876").inputs).toEqual(inputs);
    expect(provider.check(about("ProjectSpikeProtection"), {}, team, random).inputs).toEqual(team);
  });

  test("secrets stay secrets, and the token becomes one", () => {
    const inputs = { organization: "golive", integrationKey: secret("k") };
    expect(provider.check(about("IntegrationPagerduty"), {}, inputs, random).inputs).toEqual(inputs);
    expect(provider.checkConfig({ token: "t", baseUrl: "b" }).inputs).toEqual({ token: secret("t"), baseUrl: "b" });
  });
});

describe("what the double sees as a change", () => {
  const provider = new SentryProvider();
  const state = { ...alert, id: "7", enabled: true };
  const diff = (change: Properties) => provider.diff(about("Alert"), state, { ...alert, ...change } as Properties);

  test.each([
    ["the same", {}],
    ["monitors in another order", { monitorIds: ["2", "1"] }],
    ["what is left out and has a default", { enabled: true }],
    [
      "no conditions in place of an empty list",
      { actionFilters: [{ logicType: "all", actions: [{ email: { targetType: "issue_owners" } }] }] },
    ],
  ] as const)("%s is none", (_, change) => {
    expect(diff(change)).toEqual({ changed: [], replaces: [] });
  });

  test("a title, a trigger in another order, an action's field: in place", () => {
    expect(diff({ name: "Other" })).toEqual({ changed: ["name"], replaces: [] });
    const actions = [{ email: { targetType: "issue_owners", fallthroughType: "NoOne" } }];
    expect(diff({ actionFilters: [{ logicType: "all", actions }] })).toEqual({
      changed: ["actionFilters"],
      replaces: [],
    });
  });

  test("an environment that somebody set by hand, where the program has none", () => {
    const there = { ...state, environment: "production" };
    expect(provider.diff(about("Alert"), there, alert)).toEqual({ changed: ["environment"], replaces: [] });
  });

  test.each([
    ["Alert", ["organization"]],
    ["Team", ["organization"]],
    ["Project", ["organization"]],
    ["Key", ["organization", "project"]],
    ["MetricMonitor", ["organization", "project"]],
    ["CronMonitor", ["organization", "project"]],
    ["UptimeMonitor", ["organization", "project"]],
    ["ProjectInboundDataFilter", ["filterId", "organization", "project"]],
    ["ProjectSpikeProtection", ["organization", "project"]],
    ["IntegrationPagerduty", ["integrationId", "organization"]],
  ] as const)("%s is made anew for another %s", (type, replaced) => {
    const model = models.find(({ token }) => token === about(type).type);
    const before = Object.fromEntries(Object.keys(model?.inputs ?? {}).map((name) => [name, "old"]));
    const after = Object.fromEntries(Object.keys(model?.inputs ?? {}).map((name) => [name, "new"]));
    expect([...provider.diff(about(type), before, after).replaces].sort()).toEqual(replaced);
  });
});

describe("the double before a Sentry", () => {
  let fake: FakeSentry;
  let provider: SentryProvider;
  beforeEach(async () => {
    fake = await startFakeSentry();
    provider = new SentryProvider();
    await provider.configure({ baseUrl: fake.baseUrl, token: secret("test-token") });
    await provider.create(about("Team"), { organization: "golive", name: "Platform", slug: "platform" });
    await provider.create(about("Project"), {
      organization: "golive",
      teams: ["platform"],
      name: "Backend",
      slug: "backend",
    });
  });
  afterEach(() => fake.stop());

  test("refuses to start where no Sentry is", async () => {
    const elsewhere = new SentryProvider().configure({ baseUrl: fake.baseUrl.replace("/api/", "/other/"), token: "t" });
    await expect(elsewhere).rejects.toThrow(/there is no sentry at/);
  });

  test("fails on an alert with two action filters, as the real one does", async () => {
    const [filter] = alert.actionFilters;
    const two = { ...alert, actionFilters: [filter, filter] } as Properties;
    await expect(provider.create(about("Alert"), two)).rejects.toThrow(/inconsistent result.*2 action filters/);
  });

  test("a project is sent what changed of it, and teams one by one", async () => {
    const inputs = { organization: "golive", teams: ["platform"], name: "Web", slug: "web", resolveAge: 24 };
    const { id, state } = await provider.create(about("Project"), inputs);
    await provider.create(about("Team"), { organization: "golive", name: "Web", slug: "web" });
    const before = fake.writes().length;
    const filters = { releases: ["1.*", "2.*"] };
    const after = await provider.update(about("Project", id), state, { ...inputs, teams: ["web"], filters });
    expect(fake.writes().slice(before)).toMatchObject([
      { method: "PUT", path: "/api/0/projects/golive/web/", body: { options: { "filters:releases": "1.*\n2.*" } } },
      { method: "POST", path: "/api/0/projects/golive/web/teams/web/" },
      { method: "DELETE", path: "/api/0/projects/golive/web/teams/platform/" },
    ]);
    expect(after).toMatchObject({
      teams: ["web"],
      resolveAge: 24,
      filters: { releases: ["1.*", "2.*"], blacklistedIps: [] },
    });
  });

  test("switches of a project are switched off when they go", async () => {
    const place = { organization: "golive", project: "backend" };
    const filter = { ...place, filterId: "legacy-browsers", subfilters: ["ie9"] };
    const made = await provider.create(about("ProjectInboundDataFilter"), filter);
    const spikes = await provider.create(about("ProjectSpikeProtection"), { ...place, enabled: true });
    const [project] = fake.state.projects;
    expect(project?.filters).toEqual({ "legacy-browsers": ["ie9"] });
    expect((await provider.read(about("ProjectInboundDataFilter", made.id), made.state, filter))?.inputs).toEqual(
      filter,
    );
    await provider.delete(about("ProjectInboundDataFilter", made.id), made.state);
    await provider.delete(about("ProjectSpikeProtection", spikes.id), spikes.state);
    expect(project?.filters).toEqual({ "legacy-browsers": [] });
    expect(project?.options["quotas:spike-protection-disabled"]).toBe(true);
  });

  test("a key's secrets are secret, its public half is not", async () => {
    const { state } = await provider.create(about("Key"), { organization: "golive", project: "backend", name: "k" });
    expect(state["dsnSecret"]).toEqual(secret(expect.stringMatching(/secret-/) as unknown as string));
    for (const name of ["dsn", "secret"]) expect(state[name], name).toHaveProperty("4dabf18193072939515e22adb298388d");
    expect(state["dsnPublic"]).toMatch(/^https:\/\/public-/);
  });

  test("rows of PagerDuty's table that are not ours stay as they are", async () => {
    const pagerduty = fake.state.addIntegration("pagerduty", "golive");
    pagerduty.configData = { service_table: [{ id: "1", service: "theirs", integration_key: "x" }] };
    const place = { organization: "golive", integrationId: pagerduty.id };
    const { id, state } = await provider.create(about("IntegrationPagerduty"), {
      ...place,
      service: "ours",
      integrationKey: secret("k"),
    });
    expect(state["integrationKey"]).toEqual(secret("k"));
    await provider.update(about("IntegrationPagerduty", id), state, {
      ...place,
      service: "renamed",
      integrationKey: secret("k"),
    });
    expect(pagerduty.configData["service_table"]).toMatchObject([{ service: "theirs" }, { id, service: "renamed" }]);
    await provider.delete(about("IntegrationPagerduty", id), state);
    expect(pagerduty.configData["service_table"]).toEqual([{ id: "1", service: "theirs", integration_key: "x" }]);
  });

  test("functions find one thing, or say what is wrong; never an empty id", async () => {
    const slack = fake.state.addIntegration("slack", "golive");
    fake.state.addIntegration("slack", "other");
    const find = (name: string, args: Properties) =>
      provider.invoke(`sentry:index/${name}:${name}`, { organization: "golive", ...args });
    const asked = { providerKey: "slack", name: "golive" };
    expect((await find("getOrganizationIntegration", asked)).result["id"]).toBe(slack.id);
    await expect(find("getOrganizationIntegration", { ...asked, name: "gone" })).rejects.toThrow(
      '0 integrations of "slack" are named "gone"',
    );
    expect((await find("getOrganizationIntegration", {})).failures).toHaveLength(2);
    const [error] = fake.state.detectors.filter(({ type }) => type === "error");
    expect((await find("getProjectErrorMonitor", { project: "backend" })).result["id"]).toBe(error?.id);
    expect((await find("getTeam", { slug: "platform" })).result).toMatchObject({ id: "platform", name: "Platform" });
    await expect(find("getTeam", { slug: "gone" })).rejects.toThrow(/answered 404/);
    if (error) fake.state.detectors.push({ ...error, id: "999" });
    await expect(find("getProjectErrorMonitor", { project: "backend" })).rejects.toThrow(
      'has 2 monitors of type "error"',
    );
    expect((await find("getProjectErrorMonitor", { project: "backend", first: true })).result["id"]).toBe(error?.id);
  });
});
