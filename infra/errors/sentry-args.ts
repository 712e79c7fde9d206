import type { Output } from "@pulumi/pulumi";
import type { ScheduleName } from "../backups/jobs.ts";
import type { SentryArgs } from "./sentry.ts";
import { type SentryConfig, sentryApi } from "./sentry-schema.ts";

/** What of a stack's configuration says how its Sentry is made. */
export interface SentryPlan {
  readonly environment: string;
  readonly namespacePrefix: string;
  readonly protect: boolean;
  readonly backups: { readonly schedules: Readonly<Record<ScheduleName, string>>; readonly timeZone: string };
}

/**
 * The component's args from a configuration without faults.
 * @param pagerdutyKey there whenever PagerDuty is configured, as `sentryFaults` sees to
 * @param pages start of the addresses of the alerts' pages
 */
export function sentryArgs(
  { environment, namespacePrefix, protect, backups }: SentryPlan,
  config: SentryConfig,
  token: Output<string>,
  pagerdutyKey: Output<string> | undefined,
  pages: string | undefined,
): SentryArgs {
  const { organization, team, slack, pagerduty, email, platforms, eventsPerMinute, publicUrl, checkIns } = config;
  return {
    organization,
    baseUrl: sentryApi(config),
    token,
    environment,
    prefix: namespacePrefix,
    team,
    slack,
    pagerduty: pagerduty && pagerdutyKey && { ...pagerduty, key: pagerdutyKey },
    email,
    platforms,
    eventsPerMinute,
    alerts: config.alerts === "now",
    publicUrl,
    pages,
    crons: { schedules: backups.schedules, timeZone: backups.timeZone, checkIns },
    protect,
  };
}
