import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import { type CronSchedule, cronProblem } from "../monitor/cron-slot.ts";
import { check, type Env, secretFile } from "./check.ts";
import { secretUrl } from "./secret-url.ts";

const day = 86_400;
const seconds = z.coerce
  .number()
  .int()
  .min(1)
  .max(400 * day);

export const monitorVariables = z.object({
  BACKUP_MONITOR_DATABASES: z
    .string()
    .optional()
    .describe(
      "databases that must have backups, with commas between; without it PGDATABASE, or those found in the store",
    ),
  // A backup each night at 02:00 that is verified at 03:00 is 25 hours old when the next one is proven.
  BACKUP_RPO_SECONDS: seconds.default(26 * 3600).describe("how old the newest proven backup may be"),
  BACKUP_RTO_SECONDS: seconds.default(3600).describe("how long a restore may take, as drills measure it"),
  BACKUP_EVERY_SECONDS: seconds.default(day).describe("how often a backup is scheduled"),
  BACKUP_SCHEDULE: z
    .string()
    .optional()
    .describe(
      "the backup's own schedule, as in 0 2 * * 1-5: with it a missed night shows also where nights are left out",
    ),
  BACKUP_SCHEDULE_TIME_ZONE: z.string().default("Etc/UTC").describe("zone of its clock"),
  BACKUP_VERIFY_EVERY_SECONDS: seconds.default(day).describe("how often backups are verified"),
  BACKUP_DRILL_EVERY_SECONDS: seconds.default(7 * day).describe("how often a backup is restored in a drill"),
  BACKUP_POINT_IN_TIME_DRILL_EVERY_SECONDS: seconds
    .optional()
    .describe("how often a server is recovered from the WAL archive in a drill; unset where there is no such schedule"),
  BACKUP_SCHEDULE_GRACE_SECONDS: seconds.default(2 * 3600).describe("how late each of these may be"),
  BACKUP_MONITOR_SCHEDULES: z
    .string()
    .optional()
    .describe(
      "CronJobs of this namespace that must be there and not suspended, with commas between; asks the Kubernetes API as this pod",
    ),
  BACKUP_MONITOR_SAMPLE_MB: z.coerce
    .number()
    .int()
    .min(0)
    .default(256)
    .describe("how much of the newest backups a look reads to compare their checksums; 0 reads none"),
  BACKUP_MONITOR_SAMPLE_EVERY_SECONDS: seconds
    .default(6 * 3600)
    .describe("how often the metrics server does so; `monitor` does it each time"),
  BACKUP_MONITOR_LOCK_DAYS: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(1)
    .describe("days that the bucket must keep a new backup locked; 0 where it has no lock"),
  BACKUP_WAL_RPO_SECONDS: seconds
    .optional()
    .describe("how long written WAL may wait for the archive; unset, a server without an archive is not judged"),
  BACKUP_SLOT_LAG_MB: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024)
    .describe("how much WAL a replication slot may hold back"),
  BACKUP_FIRST_RECOVERABLE_FILE: z
    .string()
    .optional()
    .describe("file with the earliest moment that the WAL archive can restore, in ISO 8601"),
  BACKUP_MONITOR_TIMEOUT_SECONDS: seconds.default(120).describe("how long one look may take"),
  BACKUP_MONITOR_INTERVAL_SECONDS: seconds.default(300).describe("pause between two looks of the metrics server"),
  BACKUP_METRICS_HOST: z.string().default("0.0.0.0").describe("address that the metrics server listens on"),
  BACKUP_METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(9465)
    .describe("its port; 0 takes a free one"),
  BACKUP_HEARTBEAT_URL_FILE: z
    .string()
    .optional()
    .describe("file with the URL that an outside watcher waits for; requested after each look that is not red"),
  BACKUP_HEARTBEAT_FAIL_SUFFIX: z
    .string()
    .regex(/^\/[\w/-]*$/, { error: "a path such as /fail" })
    .optional()
    .describe("appended to that URL after a red look; without it nothing is requested then, and the watcher alarms"),
  BACKUP_SENTRY_CRON_URL_FILE: z
    .string()
    .optional()
    .describe("file with the check-in URL of a Sentry cron monitor (…/cron/<slug>/<key>/)"),
  BACKUP_SENTRY_CHECK_INS_FILE: z
    .string()
    .optional()
    .describe("file with a JSON object, CronJob → check-in URL: the metrics server tells of the runs of each"),
});

/** What the checks compare with. Seconds and bytes. */
export interface Limits {
  readonly rpoSeconds: number;
  readonly rtoSeconds: number;
  readonly everySeconds: { readonly backup: number; readonly verify: number; readonly drill: number };
  /** Of the point-in-time plane; undefined where nobody drills it by the clock. */
  readonly pointInTimeDrillSeconds: number | undefined;
  readonly graceSeconds: number;
  /** Of the backups; undefined where only the longest pause between two of them is known. */
  readonly schedule: CronSchedule | undefined;
  readonly lockDays: number;
  /** Undefined where no WAL archive is asked for. */
  readonly walSeconds: number | undefined;
  readonly slotBytes: number;
  /** What one look reads at most. */
  readonly sampleBytes: number;
}

export interface MonitorConfig {
  /** Undefined: those that the store holds backups of. */
  readonly databases: readonly string[] | undefined;
  /** CronJobs that must be active. */
  readonly schedules: readonly string[];
  readonly limits: Limits;
  readonly firstRecoverableFile: string | undefined;
  readonly timeoutSeconds: number;
  readonly heartbeat: { readonly url: URL; readonly failSuffix: string | undefined } | undefined;
  readonly sentryCron: URL | undefined;
  /** By CronJob, where its runs are told. */
  readonly checkIns: Readonly<Record<string, URL>>;
}

export interface MetricsServerConfig {
  readonly host: string;
  readonly port: number;
  readonly intervalSeconds: number;
  readonly sampleEverySeconds: number;
}

/** @throws CONFIG_INVALID */
export function readMonitorConfig(env: Env): MonitorConfig {
  const e = check(monitorVariables, env);
  const heartbeat = urlFile("BACKUP_HEARTBEAT_URL_FILE", e.BACKUP_HEARTBEAT_URL_FILE);
  const named = names(e.BACKUP_MONITOR_DATABASES);
  return {
    databases: named.length > 0 ? named : env.PGDATABASE ? [env.PGDATABASE] : undefined,
    schedules: names(e.BACKUP_MONITOR_SCHEDULES),
    limits: {
      rpoSeconds: e.BACKUP_RPO_SECONDS,
      rtoSeconds: e.BACKUP_RTO_SECONDS,
      everySeconds: {
        backup: e.BACKUP_EVERY_SECONDS,
        verify: e.BACKUP_VERIFY_EVERY_SECONDS,
        drill: e.BACKUP_DRILL_EVERY_SECONDS,
      },
      pointInTimeDrillSeconds: e.BACKUP_POINT_IN_TIME_DRILL_EVERY_SECONDS,
      graceSeconds: e.BACKUP_SCHEDULE_GRACE_SECONDS,
      schedule: scheduleOf(e.BACKUP_SCHEDULE, e.BACKUP_SCHEDULE_TIME_ZONE),
      lockDays: e.BACKUP_MONITOR_LOCK_DAYS,
      walSeconds: e.BACKUP_WAL_RPO_SECONDS,
      slotBytes: e.BACKUP_SLOT_LAG_MB * 1e6,
      sampleBytes: e.BACKUP_MONITOR_SAMPLE_MB * 1e6,
    },
    firstRecoverableFile: e.BACKUP_FIRST_RECOVERABLE_FILE,
    timeoutSeconds: e.BACKUP_MONITOR_TIMEOUT_SECONDS,
    heartbeat: heartbeat && { url: heartbeat, failSuffix: e.BACKUP_HEARTBEAT_FAIL_SUFFIX },
    sentryCron: urlFile("BACKUP_SENTRY_CRON_URL_FILE", e.BACKUP_SENTRY_CRON_URL_FILE),
    checkIns: urlsFile("BACKUP_SENTRY_CHECK_INS_FILE", e.BACKUP_SENTRY_CHECK_INS_FILE),
  };
}

/** @throws CONFIG_INVALID */
export function readMetricsServerConfig(env: Env): MetricsServerConfig {
  const e = check(monitorVariables, env);
  return {
    host: e.BACKUP_METRICS_HOST,
    port: e.BACKUP_METRICS_PORT,
    intervalSeconds: e.BACKUP_MONITOR_INTERVAL_SECONDS,
    sampleEverySeconds: e.BACKUP_MONITOR_SAMPLE_EVERY_SECONDS,
  };
}

function scheduleOf(fields: string | undefined, timeZone: string): CronSchedule | undefined {
  if (fields === undefined) return undefined;
  const problem = cronProblem({ fields, timeZone });
  if (problem === undefined) return { fields, timeZone };
  throw new GoliveError(
    "CONFIG_INVALID",
    `BACKUP_SCHEDULE=${fields} BACKUP_SCHEDULE_TIME_ZONE=${timeZone}: ${problem}`,
    "Write the schedule and the zone of the CronJob `backup`, or leave both out.",
  );
}

const names = (list: string | undefined): string[] => [
  ...new Set(
    (list ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  ),
];

const urlFile = (variable: string, path: string | undefined): URL | undefined =>
  path === undefined ? undefined : secretUrl(variable, path);

/** A JSON object of URLs, each of them a secret. @throws CONFIG_INVALID, without what stands in the file */
function urlsFile(variable: string, path: string | undefined): Record<string, URL> {
  if (path === undefined) return {};
  const form = z.record(z.string().min(1), z.url({ protocol: /^https?$/ }));
  let given: unknown;
  try {
    given = JSON.parse(secretFile(variable, path));
  } catch (error) {
    if (error instanceof GoliveError) throw error;
  }
  const result = form.safeParse(given);
  if (!result.success)
    throw new GoliveError(
      "CONFIG_INVALID",
      `${variable}: ${path} is no JSON object of http(s) addresses`,
      'Write it as {"<CronJob>": "https://…"}.',
    );
  return Object.fromEntries(Object.entries(result.data).map(([name, url]) => [name, new URL(url)]));
}
