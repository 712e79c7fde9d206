import type { ScheduleName } from "../backups/jobs.ts";
import type { AlertSeverity } from "./alert-rule.ts";
import type { TrackerProject } from "./projects.ts";

/** Waits for the check-ins of a job that fires by the clock; the clock is the configuration's. */
export interface CronMonitorRule {
  /** Sentry makes the slug of it, which stands in the check-in's address: a-z, 0-9 and -. */
  readonly title: string;
  readonly severity: AlertSeverity;
  readonly project: TrackerProject;
  /** How late a check-in may be. */
  readonly marginMinutes: number;
  /** From the check-in that says it began to the one that says how it ended. */
  readonly maxRuntimeMinutes: number;
  /** Bad or missed check-ins in a row that open an issue, and good ones that close it. */
  readonly failures: number;
  readonly recoveries: number;
  readonly runbook: string;
  readonly owner: string;
  readonly why: string;
}

/** Asks an address from outside. */
export interface UptimeMonitorRule {
  readonly title: string;
  readonly severity: AlertSeverity;
  readonly project: TrackerProject;
  /** Below the origin that the configuration names. */
  readonly path: `/${string}`;
  readonly method: "GET" | "HEAD";
  readonly intervalSeconds: 60 | 300 | 600 | 1200 | 1800 | 3600;
  readonly timeoutMs: number;
  readonly failures: number;
  readonly recoveries: number;
  readonly runbook: string;
  readonly owner: string;
  readonly why: string;
}

const backups = { project: "backend", failures: 1, recoveries: 1, owner: "platform" } as const;
/** A controller that was down starts a job up to an hour late, and one that had to pull its image some minutes. */
const catchUp = 70;

/** One for each schedule of the backups. Its longest run is that after which the job is ended (`backups/jobs.ts`). */
export const cronMonitors = {
  backup: {
    ...backups,
    title: "backup",
    severity: "page",
    // Not the hour of a controller that was down: the one proven backup of the night is what everything else stands on.
    marginMinutes: 20,
    maxRuntimeMinutes: 360,
    runbook: "backup-missed",
    why: "a night without a backup is a day of data at risk, and there are 26 hours to make up for it; twenty minutes hold a node that has to come up and a first try that failed",
  },
  verify: {
    ...backups,
    title: "backup-verify",
    severity: "page",
    marginMinutes: 30,
    maxRuntimeMinutes: 360,
    runbook: "backup-not-proven",
    why: "a backup that nobody read is none; it waits for the same nodes as the backup, and reads as long as that wrote",
  },
  prune: {
    ...backups,
    title: "backup-prune",
    severity: "ticket",
    marginMinutes: catchUp,
    maxRuntimeMinutes: 60,
    runbook: "backup-storage",
    why: "a day without pruning costs a little storage and no data",
  },
  drill: {
    ...backups,
    title: "backup-drill",
    severity: "ticket",
    marginMinutes: catchUp,
    maxRuntimeMinutes: 720,
    runbook: "backup-drill",
    why: "once a week and long; a drill that failed is a task for the week, and verified backups are there meanwhile",
  },
  drillPointInTime: {
    ...backups,
    title: "backup-drill-point-in-time",
    severity: "ticket",
    marginMinutes: catchUp,
    maxRuntimeMinutes: 720,
    runbook: "backup-drill",
    why: "as the other drill; the age of the archive itself has an alert of its own that does not wait a week",
  },
  monitor: {
    ...backups,
    title: "backup-monitor",
    severity: "page",
    marginMinutes: 30,
    maxRuntimeMinutes: 10,
    runbook: "backup-missed",
    why: "it says how all the others are, so its silence is an alarm; six hours to the next one, and it never takes minutes",
  },
} as const satisfies Readonly<Record<ScheduleName, CronMonitorRule>>;

export const uptimeMonitors = {
  "gateway-health": {
    title: "gateway health",
    severity: "page",
    project: "backend",
    path: "/api/health",
    method: "GET",
    intervalSeconds: 60,
    timeoutMs: 5000,
    failures: 3,
    recoveries: 2,
    runbook: "gateway-down",
    owner: "platform",
    why: "answers 503 when the database is away, so it sees what clients see, by the way that they come; three minutes outlast a rollout and a network that hiccups, two good answers a start that fails again",
  },
} as const satisfies Readonly<Record<string, UptimeMonitorRule>>;

export type UptimeMonitorId = keyof typeof uptimeMonitors;
