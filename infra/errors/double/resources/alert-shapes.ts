import { boolean, list, number, object, optional, required, type Shape, string } from "../shape.ts";

/** Where an alert starts from: one of these. */
export const trigger: Shape = object({
  firstSeenEvent: optional(object({})),
  issueResolvedTrigger: optional(object({})),
  reappearedEvent: optional(object({})),
  regressionEvent: optional(object({})),
});

/** Which events of the issue count. */
const eventFilters = optional(
  list(
    object({ attribute: optional(string), key: optional(string), match: optional(string), value: optional(string) }),
  ),
);

/** What an issue must show: one of these. */
export const condition: Shape = object({
  ageComparison: optional(
    object({ comparisonType: required(string), time: required(string), value: required(number) }),
  ),
  assignedTo: optional(object({ targetId: optional(string), targetType: optional(string) })),
  eventAttribute: optional(object({ attribute: required(string), match: required(string), value: optional(string) })),
  eventFrequencyCount: optional(object({ filters: eventFilters, interval: required(string), value: required(number) })),
  eventFrequencyPercent: optional(
    object({
      comparisonInterval: required(string),
      filters: eventFilters,
      interval: required(string),
      value: required(number),
    }),
  ),
  eventUniqueUserFrequencyCount: optional(
    object({ filters: eventFilters, interval: required(string), value: required(number) }),
  ),
  issueCategory: optional(object({ include: optional(boolean), value: required(number) })),
  issueOccurrences: optional(object({ value: required(number) })),
  issuePriorityDeescalating: optional(object({ comparison: required(number) })),
  issuePriorityGreaterOrEqual: optional(object({ comparison: required(number) })),
  issueType: optional(object({ include: required(boolean), value: required(string) })),
  latestAdoptedRelease: optional(
    object({ ageComparison: required(string), environment: required(string), releaseAgeType: required(string) }),
  ),
  latestRelease: optional(object({})),
  level: optional(object({ level: required(number), match: required(string) })),
  percentSessionsCount: optional(object({ interval: required(string), value: required(number) })),
  percentSessionsPercent: optional(
    object({
      comparisonInterval: required(string),
      filters: eventFilters,
      interval: required(string),
      value: required(number),
    }),
  ),
  taggedEvent: optional(object({ key: required(string), match: required(string), value: optional(string) })),
});

/** Who is told: one of these. */
export const action: Shape = object({
  discord: optional(object({ channelId: required(string), integrationId: required(string), tags: optional(string) })),
  email: optional(
    object({ fallthroughType: optional(string), targetId: optional(string), targetType: required(string) }),
  ),
  github: optional(
    object({
      assignee: optional(string),
      integrationId: required(string),
      labels: optional(list(string)),
      repo: required(string),
    }),
  ),
  jira: optional(object({ integrationId: required(string), issueType: required(string), project: required(string) })),
  jiraServer: optional(
    object({ integrationId: required(string), issueType: required(string), project: required(string) }),
  ),
  msteams: optional(
    object({ channelName: required(string), integrationId: required(string), teamId: required(string) }),
  ),
  opsgenie: optional(
    object({
      integrationId: required(string),
      priority: required(string),
      teamId: required(string),
      teamName: required(string),
    }),
  ),
  pagerduty: optional(
    object({
      integrationId: required(string),
      serviceId: required(string),
      serviceName: required(string),
      severity: required(string),
    }),
  ),
  plugin: optional(object({})),
  sentryApp: optional(
    object({
      sentryAppId: required(string),
      settings: optional(list(object({ label: optional(string), name: required(string), value: required(string) }))),
    }),
  ),
  slack: optional(
    object({
      channelId: optional(string),
      channelName: required(string),
      integrationId: required(string),
      notes: optional(string),
      tags: optional(string),
    }),
  ),
  vsts: optional(
    object({ integrationId: required(string), project: required(string), workItemType: required(string) }),
  ),
  webhook: optional(object({ service: required(string) })),
});
