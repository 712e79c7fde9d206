import { isRecord, type Properties, type Value } from "../values.ts";

/** Field → what is wrong with it. */
export type Faults = Record<string, string[]>;

export function faultList() {
  const faults: Faults = {};
  const say = (field: string, fault: string) => {
    faults[field] = [...(faults[field] ?? []), fault];
  };
  return { faults, say };
}

/** Datasets → the only type of query that goes with each, as a number of the wire. */
const queryTypes: Readonly<Record<string, number>> = { events: 0, events_analytics_platform: 1, metrics: 2 };
const retired = ["transactions", "generic_metrics"];
const conditionTypes = ["gt", "gte", "lt", "lte", "anomaly_detection"];
const results: readonly Value[] = [75, 50, 0];
/** Seconds. */
const crashRateWindows: readonly Value[] = [1800, 3600, 7200, 14_400, 43_200, 86_400];
const shortestSpanWindow = 300;
const longestName = 200;
const mostConditions = 3;

/** What Sentry refuses of a metric monitor. @param environments those that had an event */
export function metricFaults(body: Properties, environments: ReadonlySet<string>): Faults {
  const { faults, say } = faultList();
  if (String(body["name"] ?? "").length > longestName)
    say("name", `Ensure this field has no more than ${longestName} characters.`);
  for (const fault of conditionFaults(body["conditionGroup"])) say("conditionGroup", fault);
  const sources = body["dataSources"];
  const [query] = Array.isArray(sources) ? (sources as readonly Value[]) : [];
  if (!isRecord(query)) say("dataSources", "Detectors of this type need exactly one data source.");
  else for (const fault of queryFaults(query, environments)) say("dataSources", fault);
  return faults;
}

function* conditionFaults(group: Value | undefined): Generator<string> {
  const conditions = isRecord(group) && Array.isArray(group["conditions"]) ? (group["conditions"] as Properties[]) : [];
  if (conditions.length > mostConditions) yield "Too many conditions";
  for (const { type, conditionResult } of conditions) {
    if (!conditionTypes.includes(String(type))) yield `Invalid condition type: ${type}`;
    if (!results.includes(conditionResult ?? null)) yield `Unsupported condition result: ${conditionResult}`;
  }
  const learned = conditions.some(({ type }) => type === "anomaly_detection");
  if (!learned && !conditions.some(({ conditionResult }) => conditionResult === 0))
    yield "Resolution condition required for metric issue detector.";
}

function* queryFaults(query: Properties, environments: ReadonlySet<string>): Generator<string> {
  const { dataset, queryType, timeWindow, environment } = query;
  const eventTypes = Array.isArray(query["eventTypes"]) ? query["eventTypes"] : [];
  if (retired.includes(String(dataset)))
    yield "Creation of transaction-based alerts is disabled, as we migrate to the span dataset. " +
      "Create span-based alerts (dataset: events_analytics_platform) with the is_transaction:true filter instead.";
  else if (queryTypes[String(dataset)] === undefined) yield `Invalid dataset: ${dataset}`;
  else if (queryTypes[String(dataset)] !== queryType) yield `Invalid dataset for this query type: ${dataset}`;
  if (typeof timeWindow !== "number" || timeWindow <= 0) yield `Invalid time window: ${timeWindow}`;
  if (/(^|\s)release:latest(\s|$)/.test(String(query["query"] ?? ""))) yield "Unsupported value for release: latest";
  if (typeof environment === "string" && !environments.has(environment))
    yield "Environment is not part of this organization";
  if (dataset === "events_analytics_platform") {
    if (eventTypes.length !== 1) yield "Exactly one event type must be specified for this dataset.";
    if (Number(timeWindow) < shortestSpanWindow) yield "Invalid Time Window: Allowed time windows start at 5 minutes.";
    if (query["extrapolationMode"] === "server_weighted") yield "server_weighted extrapolation mode is not supported";
  }
  if (dataset === "metrics" && !crashRateWindows.includes(timeWindow ?? null))
    yield "Invalid Time Window: Allowed time windows for crash rate alerts are: 30min, 1h, 2h, 4h, 12h and 24h";
}
