import { isRecord, type Properties, type Value } from "../values.ts";
import { type Faults, metricFaults } from "./metric-rules.ts";
import type { SentryState } from "./state.ts";

/** Seconds. */
const uptimeIntervals: readonly Value[] = [60, 300, 600, 1200, 1800, 3600];
const longestTimeoutMs = 60_000;

/** How many more monitors the plan pays for. */
export interface Seats {
  metric: number;
  uptime: number;
}

/** What Sentry refuses of a monitor. @param id of the one that is changed */
export function monitorFaults(body: Properties, state: SentryState, seats: Seats, id?: string): Faults {
  const faults = { ...ownerFaults(body["owner"], state), ...kindFaults(body, state) };
  if (id === undefined) {
    if (body["type"] === "metric_issue" && count(state, "metric_issue") >= seats.metric)
      faults["nonFieldErrors"] = ["You have reached the maximum number of metric monitors for your plan."];
    if (body["type"] === "uptime_domain_failure" && count(state, "uptime_domain_failure") >= seats.uptime)
      faults["nonFieldErrors"] = ["Unable to assign a seat: increase your pay-as-you-go budget."];
  }
  if (typeof body["name"] !== "string" || body["name"] === "") faults["name"] = ["This field is required."];
  return faults;
}

function kindFaults(body: Properties, state: SentryState): Faults {
  switch (body["type"]) {
    case "metric_issue":
      return metricFaults(body, state.environments);
    case "uptime_domain_failure":
      return uptimeFaults(firstSource(body));
    case "monitor_check_in_failure":
      return cronFaults(firstSource(body));
    default:
      return { type: [`Unknown detector type: ${body["type"]}`] };
  }
}

function uptimeFaults({ intervalSeconds, timeoutMs, url }: Properties): Faults {
  const faults: string[] = [];
  if (!uptimeIntervals.includes(intervalSeconds ?? null)) faults.push(`"${intervalSeconds}" is not a valid interval.`);
  if (!(Number(timeoutMs) > 0 && Number(timeoutMs) <= longestTimeoutMs))
    faults.push(`Ensure the timeout is at most ${longestTimeoutMs} ms.`);
  if (typeof url !== "string" || !URL.canParse(url) || !/^https?:/.test(url)) faults.push("Enter a valid URL.");
  return faults.length > 0 ? { dataSources: faults } : {};
}

function cronFaults(source: Properties): Faults {
  const config = isRecord(source["config"]) ? source["config"] : {};
  const faults: string[] = [];
  const { schedule, schedule_type: kind, timezone } = config;
  if (kind === "crontab" && !/^(\S+\s+){4}\S+$/.test(String(schedule))) faults.push("Schedule was not parseable");
  if (kind === "interval" && !(Array.isArray(schedule) && Number(schedule[0]) > 0)) faults.push("Invalid interval");
  if (!isTimezone(String(timezone))) faults.push(`"${timezone}" is not a valid timezone.`);
  return faults.length > 0 ? { dataSources: faults } : {};
}

function ownerFaults(owner: Value | undefined, state: SentryState): Faults {
  if (owner === null || owner === undefined) return {};
  const [kind, id] = String(owner).split(":");
  const known = kind === "team" ? state.teams.some((team) => team.id === id) : state.members.has(String(id));
  return known ? {} : { owner: [`Owner ${owner} does not exist in this organization`] };
}

function firstSource(body: Properties): Properties {
  const sources = body["dataSources"];
  const [first] = Array.isArray(sources) ? (sources as readonly Value[]) : [];
  return isRecord(first) ? first : {};
}

function count(state: SentryState, type: string): number {
  return state.detectors.filter((one) => one.type === type).length;
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
