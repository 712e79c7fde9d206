import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { alertRules } from "./alerts.ts";
import { foundId } from "./found-id.ts";
import { catalogue } from "./rule-checks.ts";
import type { SentryArgs } from "./sentry.ts";
import { sentryArgs } from "./sentry-args.ts";
import { sentry } from "./sentry-schema.ts";
import { SentrySeen } from "./testing/sentry-mocks.ts";
import { base, run } from "./testing/sentry-run.ts";

let seen: SentrySeen;
beforeAll(async () => {
  ({ seen } = await run());
});

test("a stack's configuration says all of it, from the region to who is told", () => {
  const { crons, token: secret, ...rest } = base();
  const config = sentry.parse({
    organization: "golive",
    region: "eu",
    alerts: "now",
    slack: rest.slack,
    pagerduty: { account: "golive", service: "platform" },
    platforms: rest.platforms,
    publicUrl: rest.publicUrl,
    checkIns: crons.checkIns,
  });
  const plan = { environment: "production", namespacePrefix: "golive", protect: true, backups: crons };
  expect(sentryArgs(plan, config, secret, rest.pagerduty?.key, "https://runbooks.example.org/alerts/")).toEqual({
    ...rest,
    pagerduty: { account: "golive", service: "platform", key: rest.pagerduty?.key },
    team: undefined,
    pages: "https://runbooks.example.org/alerts/",
    crons,
    token: secret,
  });
  expect(sentryArgs(plan, { ...config, alerts: "after-first-event" }, secret, undefined, undefined).alerts).toBe(false);
});

describe("faults", () => {
  test("are all told at once, and nothing is registered", async () => {
    const wrong = {
      organization: "4501",
      prefix: "Go Live",
      baseUrl: "https://sentry.io",
      team: "#ops",
      email: false,
      slack: undefined,
      publicUrl: "https://api.example/v1",
      eventsPerMinute: { backend: 0, frontend: 300 },
      crons: { ...base().crons, checkIns: ["backup", "backup"] },
      catalogue: {
        ...catalogue,
        alerts: {
          critical: { ...alertRules["slow-api"], title: "x".repeat(201) },
          "slow-api": { ...alertRules["slow-api"], trigger: { ...alertRules["slow-api"].trigger, windowSeconds: 60 } },
        },
      },
    } as unknown as Partial<SentryArgs>;
    const watching = await new SentrySeen().start();
    const { Sentry: Component } = await import("./sentry.ts");
    // Caught inside: Pulumi keeps a rejection of the program for itself as well.
    const error = await watching.run(() => {
      try {
        return new Component("sentry", { ...base(), ...wrong }, {});
      } catch (thrown) {
        return thrown;
      }
    });
    expect(pulumi.InputPropertiesError.isInstance(error)).toBe(true);
    expect((error as pulumi.InputPropertiesError).errors.map(({ propertyPath }) => propertyPath)).toEqual([
      "organization",
      "prefix",
      "team",
      "baseUrl",
      "email",
      "publicUrl",
      "crons.checkIns",
      "eventsPerMinute.backend",
      "catalogue",
      "catalogue",
      "catalogue",
    ]);
    expect((error as Error).message).toContain("catalogue: slow-api (window): a window of 60 s.");
    expect(watching.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
  });

  test("two stacks of one organization share no slug and no name", async () => {
    const { seen: other } = await run({ environment: "staging" });
    const names = (all: SentrySeen) =>
      all.resources.flatMap(({ type, inputs }) =>
        /:(Project|Team|Alert|MetricMonitor|UptimeMonitor)$/.test(type) ? [String(inputs.name)] : [],
      );
    expect(new Set([...names(seen), ...names(other)]).size).toBe(names(seen).length + names(other).length);
  });

  test("what Sentry does not know is an error, and never an empty id in an alert", () => {
    expect(() => foundId("", 'slack integration "golive"')).toThrow(
      'sentry has no slack integration "golive" that the token can see',
    );
    expect(() => foundId(undefined, "team")).toThrow();
    expect(foundId("7", "team")).toBe("7");
  });

  test("a rule's new title changes no logical name: it is renamed, not made anew", async () => {
    const renamed = {
      ...catalogue,
      alerts: { ...alertRules, regression: { ...alertRules.regression, title: "Back" } },
    };
    const { seen: after } = await run({ catalogue: renamed });
    expect(after.resources.map(({ name }) => name).sort()).toEqual(seen.resources.map(({ name }) => name).sort());
    expect(after.made("Alert", "sentry-regression").inputs.name).toBe("Back (production)");
  });
});
