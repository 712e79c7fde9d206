import type * as pulumi from "@pulumi/pulumi";
import * as sentry from "@pulumi/sentry";
import type { ScheduleName } from "../backups/jobs.ts";
import type { AlertSeverity, MetricTrigger } from "./alert-rule.ts";
import type { TrackerProject } from "./projects.ts";
import { type Catalogue, rulesOf } from "./rule-checks.ts";
import { measured, nameIn } from "./sentry-inputs.ts";
import type { SentryProject } from "./sentry-projects.ts";

/** What everything that is made in a stack's Sentry shares. */
export interface SentryPlace {
  /** Start of the addresses of the alerts' pages, with its slash. Undefined: there is no site. */
  readonly pages?: string | undefined;
  /** Start of logical names. */
  readonly name: string;
  readonly organization: string;
  readonly environment: string;
  readonly projects: Readonly<Record<TrackerProject, SentryProject>>;
  /** Number of the team that answers for it. */
  readonly teamId: pulumi.Output<string>;
  readonly opts: { readonly parent: pulumi.Resource; readonly provider: sentry.Provider };
}

/** Something that opens issues, and how loud they are. */
export interface Monitor {
  readonly id: pulumi.Output<string>;
  readonly severity: AlertSeverity;
}

export interface CronPlan {
  readonly schedules: Readonly<Record<ScheduleName, string>>;
  /** IANA name. */
  readonly timeZone: string;
  /** Schedules that are told of; a monitor that nobody checks in at would tell of a miss each time. */
  readonly checkIns: readonly ScheduleName[];
}

/** A monitor of a schedule, and where its job checks in. */
export interface CronMonitor extends Monitor {
  readonly schedule: ScheduleName;
  /** Secret. */
  readonly address: pulumi.Output<string>;
}

/** Without an environment: a check-in names its own. */
export function makeCronMonitors(place: SentryPlace, { crons }: Catalogue, plan: CronPlan): CronMonitor[] {
  const { name, organization, projects, teamId, opts } = place;
  return plan.checkIns.flatMap((schedule) => {
    const rule = crons[schedule];
    if (rule === undefined) return [];
    const { slug, checkIns } = projects[rule.project];
    const { id } = new sentry.CronMonitor(
      `${name}-cron-${schedule}`,
      {
        organization,
        project: slug,
        name: rule.title,
        schedule: { crontab: plan.schedules[schedule] },
        timezone: plan.timeZone,
        checkinMarginMinutes: rule.marginMinutes,
        maxRuntimeMinutes: rule.maxRuntimeMinutes,
        failureIssueThreshold: rule.failures,
        recoveryThreshold: rule.recoveries,
        owner: { teamId },
      },
      opts,
    );
    const address = checkIns.apply((base) => base.replace("___MONITOR_SLUG___", rule.title));
    return [{ schedule, address, id, severity: rule.severity }];
  });
}

/** @param publicUrl origin of the gateway as Sentry reaches it; undefined: nothing is asked from outside */
export function makeUptimeMonitors(
  place: SentryPlace,
  { uptimes }: Catalogue,
  publicUrl: string | undefined,
): Monitor[] {
  const { name, organization, environment, projects, teamId, opts } = place;
  if (publicUrl === undefined) return [];
  return Object.entries(uptimes).map(([key, rule]) => {
    const { id } = new sentry.UptimeMonitor(
      `${name}-uptime-${key}`,
      {
        organization,
        project: projects[rule.project].slug,
        name: nameIn(rule.title, environment),
        environment,
        url: new URL(rule.path, publicUrl).href,
        method: rule.method,
        intervalSeconds: rule.intervalSeconds,
        timeoutMs: rule.timeoutMs,
        downtimeThreshold: rule.failures,
        recoveryThreshold: rule.recoveries,
        owner: { teamId },
      },
      opts,
    );
    return { id, severity: rule.severity };
  });
}

export function makeMetricMonitors(place: SentryPlace, { alerts }: Catalogue): Monitor[] {
  const { name, organization, environment, projects, teamId, opts } = place;
  return rulesOf<MetricTrigger>(alerts, "metric").map(([key, { title, severity, trigger }]) => {
    const { id } = new sentry.MetricMonitor(
      `${name}-${key}`,
      {
        organization,
        project: projects[trigger.project].slug,
        name: nameIn(title, environment),
        environment,
        ...measured(trigger),
        owner: { teamId },
      },
      opts,
    );
    return { id, severity };
  });
}
