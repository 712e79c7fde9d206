import { describe, expect, test } from "vitest";
import { faultsOf } from "../config/faults.ts";
import { cronMonitors } from "./monitors.ts";
import { type SentryConfig, sentry, sentryApi, sentryFaults } from "./sentry-schema.ts";

const least = { organization: "golive", alerts: "now" } as const;
const parsed = (extra: object = {}): SentryConfig => sentry.parse({ ...least, ...extra });
const pathsOf = (raw: object): string[] => {
  const { error } = sentry.safeParse(raw);
  return error ? faultsOf(error.issues, raw).map(({ path, allowed }) => `${path}: ${allowed}`) : [];
};
const faults = (
  config: SentryConfig | undefined,
  secrets: readonly string[],
  { kind = "sentry", archives = true } = {},
): string[] =>
  sentryFaults(
    { errors: { kind, sentry: config }, postgres: { pointInTime: { enabled: archives } } },
    new Set(secrets),
  ).map(({ path }) => path);

test("an organization, and whether alerts can be made yet, is all that has to be said", () => {
  expect(parsed()).toEqual({
    ...least,
    region: "us",
    email: true,
    platforms: { backend: "node", frontend: "javascript" },
    eventsPerMinute: { backend: 600, frontend: 300 },
    checkIns: Object.keys(cronMonitors),
  });
  // Neither would be right for everybody, and a stack that forgot it would be silent, or fail half-way.
  expect(sentry.safeParse({ organization: "golive" }).success).toBe(false);
});

test("every monitor of the backups can be asked for", () => {
  expect(parsed({ checkIns: Object.keys(cronMonitors) }).checkIns).toHaveLength(Object.keys(cronMonitors).length);
});

test("the API is that of the region, or of a Sentry of one's own", () => {
  expect(sentryApi(parsed())).toBe("https://sentry.io/api/");
  expect(sentryApi(parsed({ region: "eu" }))).toBe("https://de.sentry.io/api/");
  expect(sentryApi(parsed({ baseUrl: "https://sentry.example/api/" }))).toBe("https://sentry.example/api/");
});

describe("a value that Sentry would refuse, or take for something else", () => {
  test.each([
    // All digits are taken for a number that Sentry knows the thing by.
    ["organization", { organization: "4501" }],
    ["organization", { organization: "Go Live" }],
    ["team", { team: "" }],
    ["baseUrl", { baseUrl: "https://sentry.example" }],
    ["baseUrl", { baseUrl: "http://sentry.example/api/" }],
    ["publicUrl", { publicUrl: "https://api.example/v1" }],
    ["publicUrl", { publicUrl: "https://someone@api.example" }],
    ["slack.channel", { slack: { workspace: "w", channel: "two words" } }],
    ["slack.channelId", { slack: { workspace: "w", channel: "ops", channelId: "#ops" } }],
    ["slack.workspace", { slack: { workspace: " ", channel: "ops" } }],
    ["pagerduty.service", { pagerduty: { account: "a", service: "" } }],
    ["eventsPerMinute.backend", { eventsPerMinute: { backend: 0 } }],
    ["checkIns.0", { checkIns: ["nightly"] }],
    ["platforms.frontend", { platforms: { frontend: "React!" } }],
  ])("%s: %j", (path, extra) => {
    const found = pathsOf({ ...least, ...extra });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(path);
  });
});

describe("between keys", () => {
  test("nothing is wrong without Sentry, or with everything it needs", () => {
    expect(faults(undefined, [])).toEqual([]);
    expect(faults(parsed(), ["sentryAuthToken"])).toEqual([]);
    const paging = parsed({ pagerduty: { account: "a", service: "s" } });
    expect(faults(paging, ["sentryAuthToken", "pagerdutyRoutingKey"])).toEqual([]);
  });

  test("a token without an organization is of no use", () => {
    expect(faults(undefined, ["sentryAuthToken"])).toEqual(["golive:errors.sentry"]);
  });

  test("all faults are told at once, each with its key", () => {
    const wrong = parsed({
      baseUrl: "https://sentry.example/api/",
      region: "eu",
      email: false,
      pagerduty: { account: "a", service: "s" },
      checkIns: ["monitor", "monitor"],
    });
    expect(faults(wrong, ["sentryDsn", "sentryCronUrl"], { kind: "bugsink" })).toEqual([
      "golive:errors.sentry",
      "golive:sentryAuthToken",
      "golive:sentryDsn",
      "golive:sentryCronUrl",
      "golive:pagerdutyRoutingKey",
      "golive:errors.sentry.region",
      "golive:errors.sentry.email",
      "golive:errors.sentry.checkIns",
    ]);
  });

  test("a drill that a stack does not have cannot check in", () => {
    const drilled = parsed({ checkIns: ["drillPointInTime"] });
    expect(faults(drilled, ["sentryAuthToken"])).toEqual([]);
    expect(faults(drilled, ["sentryAuthToken"], { archives: false })).toEqual(["golive:errors.sentry.checkIns"]);
  });

  test("an address of check-ins of one's own is fine where the program makes none for the monitor", () => {
    expect(faults(parsed({ checkIns: [] }), ["sentryAuthToken", "sentryCronUrl"])).toEqual([]);
  });
});
