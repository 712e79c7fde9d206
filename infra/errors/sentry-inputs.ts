import type { types } from "@pulumi/sentry";
import type { IssueCondition, IssueTrigger, MetricTrigger } from "./alert-rule.ts";

/** Sentry's numbers for the priority of an issue. */
export const priorities = { high: 75, medium: 50, resolved: 0 } as const;

/** One organization holds the alerts of all stacks: their names say whose they are. */
export const nameIn = (title: string, environment: string): string => `${title} (${environment})`;

/**
 * Bounds of a monitor; of those that hold, Sentry takes the highest priority. The third one is what closes the issue again, and holds
 * exactly where the others do not; without it Sentry refuses the monitor.
 */
export function conditionGroup({ direction, critical, warning }: MetricTrigger): {
  logicType: "any";
  conditions: { type: "gt" | "lt" | "gte" | "lte"; comparison: number; conditionResult: number }[];
} {
  const [beyond, within] = direction === "above" ? (["gt", "lte"] as const) : (["lt", "gte"] as const);
  return {
    logicType: "any",
    conditions: [
      { type: beyond, comparison: critical, conditionResult: priorities.high },
      { type: beyond, comparison: warning, conditionResult: priorities.medium },
      { type: within, comparison: warning, conditionResult: priorities.resolved },
    ],
  };
}

/** What a monitor measures. Window and query always stand there: left out, the provider keeps 0 and "" for them. */
export function measured(trigger: MetricTrigger) {
  const { dataset, queryType, eventTypes, aggregate, query, windowSeconds } = trigger;
  return {
    dataset,
    queryType,
    eventTypes: [...eventTypes],
    aggregate,
    query,
    timeWindowSeconds: windowSeconds,
    issueDetection: { type: "static" },
    conditionGroup: conditionGroup(trigger),
    // Spans are sampled, and counted for those that were not taken; Sentry refuses the server's own weights in a monitor.
    ...(dataset === "events_analytics_platform" ? { extrapolationMode: "client_and_server_weighted" } : {}),
  };
}

/** When an alert looks at an issue; an empty list means at each of its events. */
export const triggerConditions = {
  new: [{ firstSeenEvent: {} }],
  regression: [{ regressionEvent: {} }],
  "every-event": [],
} as const satisfies Record<IssueTrigger["on"], readonly types.input.AlertTriggerCondition[]>;

export function filterCondition(condition: IssueCondition): types.input.AlertActionFilterCondition {
  if ("level" in condition) return { level: condition.level };
  if ("tag" in condition) return { taggedEvent: condition.tag };
  return { eventFrequencyCount: condition.frequency };
}

/** For those who are told of a monitor: from that priority on. */
export const atLeast = (priority: number): types.input.AlertActionFilterCondition => ({
  issuePriorityGreaterOrEqual: { comparison: priority },
});
