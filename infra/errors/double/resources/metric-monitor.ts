import { list, number, object, optional, partial, required, set, string } from "../shape.ts";
import { isRecord, type Properties, type Value } from "../values.ts";
import { dataSource } from "../wire/monitor-body.ts";
import { given, items, present, record } from "../wire/read.ts";
import { monitor } from "./monitor.ts";

/** Numbers of the wire. */
const queryTypes = ["error", "performance", "crash_rate"];
const thresholdTypes = ["above", "below", "above_and_below"];

/** Sentry's answer names the dataset only; each goes with one type of query. */
const queryTypeOf = { events: "error", events_analytics_platform: "performance", metrics: "crash_rate" } as const;

export const metricMonitor = monitor({
  token: "sentry:index/metricMonitor:MetricMonitor",
  type: "metric_issue",
  inputs: {
    aggregate: required(string),
    conditionGroup: required(
      partial({
        conditions: required(
          list(
            object({
              comparison: optional(number),
              comparisonSensitivity: optional(string),
              comparisonThresholdType: optional(string),
              conditionResult: required(number),
              type: required(string),
            }),
          ),
        ),
        logicType: optional(string),
      }),
    ),
    dataset: required(string),
    environment: optional(string),
    eventTypes: required(set(string)),
    extrapolationMode: optional(string),
    issueDetection: required(object({ comparisonDelta: optional(number), type: required(string) })),
    query: optional(string),
    queryType: optional(string),
    timeWindowSeconds: optional(number),
  },
  // Left out, the provider stores nothing and zero: the server refuses a window of no length.
  defaults: { query: "", queryType: "error", timeWindowSeconds: 0 },
  none: ["environment"],
  toWire(inputs) {
    const group = record(inputs["conditionGroup"], "condition group");
    const { type, comparisonDelta } = record(inputs["issueDetection"], "issue detection");
    return {
      config: given({ detectionType: type, comparisonDelta }),
      conditionGroup: {
        logicType: group["logicType"] ?? "any",
        conditions: items(group["conditions"], "conditions").map(conditionToWire),
      },
      dataSources: [
        given({
          aggregate: inputs["aggregate"],
          dataset: inputs["dataset"],
          environment: inputs["environment"] ?? null,
          eventTypes: inputs["eventTypes"],
          extrapolationMode: inputs["extrapolationMode"],
          query: inputs["query"],
          queryType: queryTypes.indexOf(String(inputs["queryType"])),
          timeWindow: inputs["timeWindowSeconds"],
        }),
      ],
    };
  },
  fromWire(found) {
    const query = record(dataSource(found)["snubaQuery"], "query");
    const config = record(found["config"], "config");
    const group = record(found["conditionGroup"], "condition group");
    return {
      aggregate: query["aggregate"],
      dataset: query["dataset"],
      environment: present(query["environment"]),
      eventTypes: query["eventTypes"],
      extrapolationMode: present(query["extrapolationMode"]),
      query: query["query"],
      queryType: queryTypeOf[String(query["dataset"]) as keyof typeof queryTypeOf],
      timeWindowSeconds: query["timeWindow"],
      issueDetection: given({ type: config["detectionType"], comparisonDelta: present(config["comparisonDelta"]) }),
      conditionGroup: {
        logicType: group["logicType"] ?? "any",
        conditions: items(group["conditions"], "conditions").map(conditionFromWire),
      },
    };
  },
});

/** A band that Sentry learns by itself compares with settings instead of a number. */
function conditionToWire(condition: Properties): Properties {
  const { type, comparison, conditionResult, comparisonSensitivity: sensitivity } = condition;
  if (type !== "anomaly_detection") return given({ type, comparison, conditionResult });
  const thresholdType = thresholdTypes.indexOf(String(condition["comparisonThresholdType"]));
  const learned = given({ sensitivity, thresholdType }) satisfies Value;
  return given({ type, conditionResult, comparison: { seasonality: "auto", ...learned } });
}

function conditionFromWire({ type, comparison, conditionResult }: Properties): Properties {
  if (!isRecord(comparison)) return given({ type, comparison, conditionResult });
  return given({
    type,
    conditionResult,
    comparisonSensitivity: comparison["sensitivity"],
    comparisonThresholdType: thresholdTypes[Number(comparison["thresholdType"])],
  });
}
