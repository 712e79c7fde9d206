import { beforeAll, describe, expect, test } from "vitest";
import { opened } from "../testing/mocks.ts";
import type { SentrySeen } from "./testing/sentry-mocks.ts";
import { filterOf, routesOf, run } from "./testing/sentry-run.ts";

let seen: SentrySeen;
beforeAll(async () => {
  ({ seen } = await run());
});

describe("who is told", () => {
  test("a page wakes on-call and is in the channel; a ticket wakes nobody", () => {
    expect(routesOf(seen.made("Alert", "sentry-pipeline-failure"))).toEqual(["pagerduty", "slack", "email"]);
    expect(routesOf(seen.made("Alert", "sentry-critical"))).toEqual(["pagerduty"]);
    for (const name of ["new-issue", "regression", "warning"])
      expect(routesOf(seen.made("Alert", `sentry-${name}`))).toEqual(["slack", "email"]);
  });

  test("integrations are found by their names as people wrote them, and everything else by what Sentry answered", () => {
    expect(seen.calls.map(({ inputs }) => inputs)).toContainEqual({
      organization: "golive",
      providerKey: "slack",
      name: "GoLive & Söhne",
    });
    expect(opened(filterOf(seen.made("Alert", "sentry-csrf-attack")).actions)).toEqual([
      {
        pagerduty: {
          integrationId: "pagerduty-found",
          serviceId: "sentry-pagerduty-id",
          serviceName: "platform",
          severity: "critical",
        },
      },
      {
        slack: {
          integrationId: "slack-found",
          channelName: "#alerts",
          channelId: "C0123456789",
          tags: "environment,level,release,subsystem,security_event",
        },
      },
      { email: { targetType: "team", targetId: "4501" } },
    ]);
  });

  test("without PagerDuty the loudest that is left takes pages", async () => {
    const { seen: quiet } = await run({ pagerduty: undefined, slack: { workspace: "w", channel: "#ops" } });
    expect(routesOf(quiet.made("Alert", "sentry-critical"))).toEqual(["slack"]);
    expect(filterOf(quiet.made("Alert", "sentry-critical")).actions[0].slack.channelName).toBe("#ops");
    expect(quiet.kind("IntegrationPagerduty")).toEqual([]);
    const { seen: mail } = await run({ pagerduty: undefined, slack: undefined });
    expect(routesOf(mail.made("Alert", "sentry-critical"))).toEqual(["email"]);
    expect(mail.calls.map(({ inputs }) => inputs.providerKey).filter(Boolean)).toEqual([]);
  });

  test("a team that exists is looked up and not made", async () => {
    const { seen: found } = await run({ team: "on-call" });
    expect(found.kind("Team")).toEqual([]);
    expect(found.calls.map(({ inputs }) => inputs)).toContainEqual({ organization: "golive", slug: "on-call" });
    expect(found.made("Project", "sentry-backend").inputs.teams).toEqual(["on-call"]);
    expect(found.made("MetricMonitor", "sentry-slow-api").inputs.owner).toEqual({ teamId: "4502" });
  });
});
