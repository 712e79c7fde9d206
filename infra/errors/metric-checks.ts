import type { MetricTrigger } from "./alert-rule.ts";
import { isTag, isTagged, tagHint } from "./event-tags.ts";
import { type Checks, isWhole, shown } from "./rule-finding.ts";

/** Which data a monitor of a type may read. Sentry refuses any other pair, `transactions` and `generic_metrics` outright. */
const datasetOf = {
  error: "events",
  performance: "events_analytics_platform",
  crash_rate: "metrics",
} as const satisfies Record<MetricTrigger["queryType"], MetricTrigger["dataset"]>;

/** Hours over which crash rates are kept. */
const crashRateWindows = [1800, 3600, 7200, 14_400, 43_200, 86_400];
/** Spans come in later than events: a shorter window would judge what is not there yet. */
const shortestOfSpans = 300;

/** What a replica of the gateway sends at most: `SENTRY_EVENTS_PER_MINUTE`, and a sixth of it of equal ones. */
export const sentPerMinute = { all: 60, equal: 10 } as const;

const terms = (query: string): string[] => query.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
const ends = ({ critical, warning }: MetricTrigger): number[] => [critical, warning];

/** Aggregates whose unit has an end: the name they begin with → largest value, and what it is. */
const units = [
  { aggregate: "failure_rate(", most: 1, unit: "a fraction from 0 to 1" },
  { aggregate: "percentage(", most: 100, unit: "per cent, from 0 to 100" },
] as const;

/** What Sentry demands of a monitor of a number, and what makes one that it takes never fire, or always. */
export const metricChecks = {
  "dataset-of-query-type": {
    from: "refused",
    find: ({ queryType, dataset }) =>
      datasetOf[queryType] === dataset
        ? undefined
        : {
            problem: `query type ${shown(queryType)} reads dataset ${shown(dataset)}`,
            fix: `Set the dataset to ${datasetOf[queryType] ?? "that of another query type"}.`,
          },
  },
  "event-types": {
    from: "refused",
    find: ({ dataset, eventTypes }) => {
      const [least, most] = dataset === "metrics" ? [0, 0] : dataset === "events" ? [1, 2] : [1, 1];
      if (isWhole(eventTypes.length, least, most) && new Set(eventTypes).size === eventTypes.length) return undefined;
      return {
        problem: `event types ${shown(eventTypes)} of dataset ${dataset}`,
        fix:
          most === 0 ? "Leave them empty: sessions have none." : `Name ${most === 1 ? "exactly one" : "one or two"}.`,
      };
    },
  },
  window: {
    from: "refused",
    find: ({ windowSeconds, queryType }) => {
      if (queryType === "crash_rate") {
        if (crashRateWindows.includes(windowSeconds)) return undefined;
        return {
          problem: `a window of ${windowSeconds} s for a crash rate`,
          fix: `Take one of ${crashRateWindows.join(", ")}.`,
        };
      }
      const least = queryType === "performance" ? shortestOfSpans : 60;
      if (isWhole(windowSeconds, least, 86_400) && windowSeconds % 60 === 0) return undefined;
      return {
        problem: `a window of ${windowSeconds} s`,
        fix: `Take whole minutes from ${least} s to 86400 s.`,
      };
    },
  },
  "latest-release": {
    from: "refused",
    find: ({ query }) =>
      terms(query).includes("release:latest")
        ? {
            problem: `the query ${shown(query)} asks for the latest release`,
            fix: "Leave it out: monitors cannot know it.",
          }
        : undefined,
  },
  thresholds: {
    from: "refused",
    find: ({ direction, critical, warning }) =>
      (direction === "above" ? critical > warning : critical < warning) && Number.isFinite(critical - warning)
        ? undefined
        : {
            problem: `critical ${critical} and warning ${warning}, to be ${direction}`,
            fix: `Put the critical one ${direction} the warning: the monitor resolves at the warning.`,
          },
  },
  unit: {
    from: "useless",
    find: (trigger) => {
      const known = units.find(({ aggregate }) => trigger.aggregate.startsWith(aggregate));
      const most = known?.most ?? Number.POSITIVE_INFINITY;
      const outside = ends(trigger).filter((value) => !(value >= 0 && value <= most));
      if (outside.length === 0) return undefined;
      const unit = known?.unit ?? "never negative";
      return { problem: `${trigger.aggregate} is compared with ${outside.join(" and ")}`, fix: `It is ${unit}.` };
    },
  },
  "known-tag": {
    from: "useless",
    find: ({ query }) => {
      const foreign = terms(query).filter((term) => {
        const [key = "", value = ""] = term.split(":", 2);
        return isTag(key) && !isTagged(key, value);
      });
      return foreign.length === 0 ? undefined : { problem: `no event has ${foreign.join(", ")}`, fix: tagHint };
    },
  },
  "scope-of-requests": {
    from: "useless",
    find: ({ project, query }) => {
      const parts = terms(query);
      if (project !== "backend" || !parts.includes("is_transaction:true")) return undefined;
      if (parts.some((term) => term.startsWith("span.op:"))) return undefined;
      return {
        problem: `the query ${shown(query)} takes jobs and other roots of traces for requests`,
        fix: "Add span.op:http.server.",
      };
    },
  },
  reachable: {
    from: "useless",
    find: ({ project, dataset, aggregate, query, direction, critical, windowSeconds }) => {
      if (project !== "backend" || dataset !== "events" || aggregate !== "count()" || direction !== "above")
        return undefined;
      const equal = terms(query).some((term) => term.startsWith("security_event:"));
      const most = (equal ? sentPerMinute.equal : sentPerMinute.all) * Math.floor(windowSeconds / 60);
      if (critical < most) return undefined;
      return {
        problem: `${critical} events in ${windowSeconds} s, of which a replica sends ${most} at most`,
        fix: `Stay below ${most}, or take a longer window.`,
      };
    },
  },
} as const satisfies Checks<MetricTrigger>;
