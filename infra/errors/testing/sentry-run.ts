import * as pulumi from "@pulumi/pulumi";
import type { SeenResource } from "../../testing/mocks.ts";
import type { Sentry, SentryArgs } from "../sentry.ts";
import { SentrySeen } from "./sentry-mocks.ts";

export const token = "sntryu_a-token-of-nobody";
export const pagingKey = "0123456789abcdef0123456789abcdef";
/** Everything set, as in a production stack. */
export const base = (): SentryArgs => ({
  organization: "golive",
  baseUrl: "https://de.sentry.io/api/",
  token: pulumi.secret(token),
  environment: "production",
  prefix: "golive",
  slack: { workspace: "GoLive & Söhne", channel: "alerts", channelId: "C0123456789" },
  pagerduty: { account: "golive", service: "platform", key: pulumi.secret(pagingKey) },
  email: true,
  platforms: { backend: "node", frontend: "javascript-react" },
  eventsPerMinute: { backend: 600, frontend: 300 },
  alerts: true,
  publicUrl: "https://api.example",
  crons: {
    schedules: {
      backup: "0 2 * * *",
      verify: "0 3 * * *",
      prune: "30 3 * * *",
      drill: "0 4 * * 0",
      drillPointInTime: "0 5 * * 0",
      monitor: "15 */6 * * *",
    },
    timeZone: "Etc/UTC",
    checkIns: ["backup", "prune", "monitor"],
  },
  protect: true,
});

/** The component alone under mocks. */
export async function run(changed: Partial<SentryArgs> = {}): Promise<{ seen: SentrySeen; made: Sentry }> {
  const seen = await new SentrySeen().start();
  const { Sentry: Component } = await import("../sentry.ts");
  const made = await seen.run(() => new Component("sentry", { ...base(), ...changed }, {}));
  return { seen, made };
}

/** The one block of actions of an alert. */
export const filterOf = ({ inputs }: SeenResource) => inputs.actionFilters[0];
/** Names of who an alert tells, in their order. */
export const routesOf = (alert: SeenResource) =>
  filterOf(alert).actions.map((action: object) => Object.keys(action)[0]);
