import { alertIds } from "@golive/infra/errors/alerts.ts";
import { sentry } from "@golive/infra/errors/sentry-schema.ts";
import { expect, test } from "vitest";
import type { World } from "../core/world.ts";
import { platformApi } from "../stack/platform.ts";
import { fakeWorld } from "../testing/fake-world.ts";
import { list } from "./list.ts";

const channels = {
  slack: { workspace: "golive", channel: "alerts" },
  pagerduty: { account: "golive", service: "platform" },
};

/** The real stack files, with Sentry as it is given here in place of what the file says of errors. */
function worldWith(errors?: object) {
  const fake = fakeWorld();
  const world = fake.world as { -readonly [K in keyof World]: World[K] };
  world.platform = async () => ({
    ...platformApi,
    readConfig(stack, document, offset) {
      const config = platformApi.readConfig(stack, document, offset);
      return errors ? { ...config, parsed: { ...(config.parsed as object), errors } } : config;
    },
  });
  return { fake, run: (stack: string) => list.run(fake.world, { stack }) };
}

const withSentry = (extra: object) => ({
  kind: "sentry",
  sentry: sentry.parse({ organization: "golive-eu", alerts: "now", ...extra }),
});
const alertsOf = (json: unknown) => (json as { alerts: Record<string, unknown>[] }).alerts;

test("a rule is told in three lines: what it is, when it fires, who is told and what to read", async () => {
  const { exit, text } = await worldWith(withSentry(channels)).run("local");
  expect(exit).toBe(0);
  const paragraphs = text.split("\n\n");
  expect(paragraphs).toHaveLength(alertIds.length + 1);
  expect(paragraphs[0]).toBe(
    [
      "page    high-error-rate: High error rate",
      "        backend: failure_rate() of is_transaction:true span.op:http.server above 5 % (warning 2 %) in 5 min",
      "        told: pagerduty, slack, email; runbook: gateway-errors",
    ].join("\n"),
  );
  expect(paragraphs[1]).toBe(
    [
      "ticket  new-issue: New issue",
      "        backend, frontend: an issue is new, level error or above",
      "        told: slack, email; runbook: new-issue",
    ].join("\n"),
  );
  expect(paragraphs.at(-1)).toBe("Stack local makes them in golive-eu.");
});

test("programs get the numbers as numbers, and every rule once", async () => {
  const { json } = await worldWith(withSentry(channels)).run("local");
  expect(json).toMatchObject({ stack: "local", made: true });
  expect(alertsOf(json).map(({ id }) => id)).toEqual(alertIds);
  expect(alertsOf(json).find(({ id }) => id === "crash-free-sessions")).toMatchObject({
    severity: "page",
    query: "",
    critical: 97,
    warning: 99,
    windowSeconds: 3600,
    routes: ["pagerduty", "slack", "email"],
    runbook: "frontend-crashes",
  });
  expect(alertsOf(json).find(({ id }) => id === "csrf-attack")).toMatchObject({ query: null, critical: null });
});

test("routes are those of the stack: without PagerDuty a page goes where tickets go", async () => {
  const { json } = await worldWith(withSentry({ email: false, slack: channels.slack })).run("local");
  expect(new Set(alertsOf(json).flatMap(({ routes }) => routes))).toEqual(new Set(["slack"]));
});

test("a stack that waits for its first event says so, and what to do then", async () => {
  const { text, json } = await worldWith(withSentry({ alerts: "after-first-event" })).run("local");
  expect(text).toContain("Stack local does not make them yet: after its first event, set golive:errors.sentry.alerts");
  expect(json).toMatchObject({ made: false });
});

test("a stack without Sentry lists them too, and nobody is told", async () => {
  const { text, json } = await worldWith().run("local");
  expect(text).toContain("Stack local makes none of them: errors go to bugsink, and golive:errors.sentry is not set.");
  expect(new Set(alertsOf(json).flatMap(({ routes }) => routes))).toEqual(new Set());
  const { text: none } = await worldWith({ kind: "none" }).run("local");
  expect(none).toContain("errors go to the log alone");
});

test("nothing is asked of a cluster, of Pulumi or of Sentry", async () => {
  const { fake, run } = worldWith(withSentry(channels));
  (fake.world as { fetch: unknown }).fetch = () => {
    throw new Error("no request was expected");
  };
  await run("local");
  expect(fake.calls).toEqual([]);
});

test("a stack that is not there is refused with those that are", async () => {
  await expect(worldWith().run("moon")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
