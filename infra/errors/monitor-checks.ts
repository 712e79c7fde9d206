import type { CronMonitorRule, UptimeMonitorRule } from "./monitors.ts";
import { type Checks, isWhole, shown } from "./rule-finding.ts";

/** Sentry's own ends, in minutes: 28 days. */
const longest = 40_320;
const intervals: readonly number[] = [60, 300, 600, 1200, 1800, 3600];

const counts = {
  from: "refused",
  find: ({ failures, recoveries }: CronMonitorRule | UptimeMonitorRule) =>
    isWhole(failures, 1, 720) && isWhole(recoveries, 1, 720)
      ? undefined
      : { problem: `${failures} failures and ${recoveries} recoveries`, fix: "Take whole numbers from 1 to 720." },
} as const;

export const cronChecks = {
  // It stands in the address that jobs check in at.
  slug: {
    from: "refused",
    find: ({ title }) =>
      /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/.test(title)
        ? undefined
        : { problem: `the title ${shown(title)}`, fix: "Take 2 to 50 characters of a-z, 0-9 and -: it is its slug." },
  },
  margin: {
    from: "refused",
    find: ({ marginMinutes }) =>
      isWhole(marginMinutes, 1, longest)
        ? undefined
        : { problem: `a margin of ${marginMinutes} minutes`, fix: `Take a whole number from 1 to ${longest}.` },
  },
  runtime: {
    from: "refused",
    find: ({ maxRuntimeMinutes }) =>
      isWhole(maxRuntimeMinutes, 1, longest)
        ? undefined
        : { problem: `runs of ${maxRuntimeMinutes} minutes`, fix: `Take a whole number from 1 to ${longest}.` },
  },
  counts,
} as const satisfies Checks<CronMonitorRule>;

export const uptimeChecks = {
  interval: {
    from: "refused",
    find: ({ intervalSeconds }) =>
      intervals.includes(intervalSeconds)
        ? undefined
        : { problem: `a look every ${intervalSeconds} s`, fix: `Take one of ${intervals.join(", ")}.` },
  },
  timeout: {
    from: "refused",
    find: ({ timeoutMs }) =>
      isWhole(timeoutMs, 1000, 60_000)
        ? undefined
        : { problem: `a limit of ${timeoutMs} ms`, fix: "Take a whole number from 1000 to 60000." },
  },
  path: {
    from: "refused",
    find: ({ path }) =>
      /^\/[\w./-]*$/.test(path) ? undefined : { problem: `the path ${shown(path)}`, fix: "Begin it with a slash." },
  },
  counts,
} as const satisfies Checks<UptimeMonitorRule>;
