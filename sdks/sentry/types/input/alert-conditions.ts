import type * as pulumi from "@pulumi/pulumi";

export interface AlertActionFilterCondition {
  ageComparison?: pulumi.Input<AlertActionFilterConditionAgeComparison>;
  assignedTo?: pulumi.Input<AlertActionFilterConditionAssignedTo>;
  eventAttribute?: pulumi.Input<AlertActionFilterConditionEventAttribute>;
  eventFrequencyCount?: pulumi.Input<AlertActionFilterConditionEventFrequencyCount>;
  eventFrequencyPercent?: pulumi.Input<AlertActionFilterConditionEventFrequencyPercent>;
  eventUniqueUserFrequencyCount?: pulumi.Input<AlertActionFilterConditionEventUniqueUserFrequencyCount>;
  issueCategory?: pulumi.Input<AlertActionFilterConditionIssueCategory>;
  issueOccurrences?: pulumi.Input<AlertActionFilterConditionIssueOccurrences>;
  issuePriorityDeescalating?: pulumi.Input<AlertActionFilterConditionIssuePriorityDeescalating>;
  issuePriorityGreaterOrEqual?: pulumi.Input<AlertActionFilterConditionIssuePriorityGreaterOrEqual>;
  issueType?: pulumi.Input<AlertActionFilterConditionIssueType>;
  latestAdoptedRelease?: pulumi.Input<AlertActionFilterConditionLatestAdoptedRelease>;
  latestRelease?: pulumi.Input<AlertActionFilterConditionLatestRelease>;
  level?: pulumi.Input<AlertActionFilterConditionLevel>;
  percentSessionsCount?: pulumi.Input<AlertActionFilterConditionPercentSessionsCount>;
  percentSessionsPercent?: pulumi.Input<AlertActionFilterConditionPercentSessionsPercent>;
  taggedEvent?: pulumi.Input<AlertActionFilterConditionTaggedEvent>;
}

export interface AlertActionFilterConditionAgeComparison {
  comparisonType: pulumi.Input<string>;
  time: pulumi.Input<string>;
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionAssignedTo {
  targetId?: pulumi.Input<string>;
  targetType?: pulumi.Input<string>;
}

export interface AlertActionFilterConditionEventAttribute {
  attribute: pulumi.Input<string>;
  match: pulumi.Input<string>;
  value?: pulumi.Input<string>;
}

export interface AlertActionFilterConditionEventFrequencyCount {
  filters?: pulumi.Input<pulumi.Input<AlertActionFilterConditionEventFrequencyCountFilter>[]>;
  /** `1m`, `5m`, `15m`, `1h`, `1d`, `1w` or `30d`. */
  interval: pulumi.Input<string>;
  /** Fires above it: 1 means the second event. */
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionEventFrequencyCountFilter {
  attribute?: pulumi.Input<string>;
  key?: pulumi.Input<string>;
  match?: pulumi.Input<string>;
  value?: pulumi.Input<string>;
}

export interface AlertActionFilterConditionEventFrequencyPercent {
  comparisonInterval: pulumi.Input<string>;
  filters?: pulumi.Input<pulumi.Input<AlertActionFilterConditionEventFrequencyPercentFilter>[]>;
  interval: pulumi.Input<string>;
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionEventFrequencyPercentFilter {
  attribute?: pulumi.Input<string>;
  key?: pulumi.Input<string>;
  match?: pulumi.Input<string>;
  value?: pulumi.Input<string>;
}

export interface AlertActionFilterConditionEventUniqueUserFrequencyCount {
  filters?: pulumi.Input<pulumi.Input<AlertActionFilterConditionEventUniqueUserFrequencyCountFilter>[]>;
  interval: pulumi.Input<string>;
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionEventUniqueUserFrequencyCountFilter {
  attribute?: pulumi.Input<string>;
  key?: pulumi.Input<string>;
  match?: pulumi.Input<string>;
  value?: pulumi.Input<string>;
}

export interface AlertActionFilterConditionIssueCategory {
  include?: pulumi.Input<boolean>;
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionIssueOccurrences {
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionIssuePriorityDeescalating {
  comparison: pulumi.Input<number>;
}

export interface AlertActionFilterConditionIssuePriorityGreaterOrEqual {
  /** 25 low, 50 medium, 75 high. */
  comparison: pulumi.Input<number>;
}

export interface AlertActionFilterConditionIssueType {
  include: pulumi.Input<boolean>;
  value: pulumi.Input<string>;
}

export interface AlertActionFilterConditionLatestAdoptedRelease {
  ageComparison: pulumi.Input<string>;
  environment: pulumi.Input<string>;
  releaseAgeType: pulumi.Input<string>;
}

export type AlertActionFilterConditionLatestRelease = Record<string, never>;

export interface AlertActionFilterConditionLevel {
  /** 10 debug, 20 info, 30 warning, 40 error, 50 fatal. */
  level: pulumi.Input<number>;
  /** `eq`, `gte` or `lte`. */
  match: pulumi.Input<string>;
}

export interface AlertActionFilterConditionPercentSessionsCount {
  interval: pulumi.Input<string>;
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionPercentSessionsPercent {
  comparisonInterval: pulumi.Input<string>;
  filters?: pulumi.Input<pulumi.Input<AlertActionFilterConditionPercentSessionsPercentFilter>[]>;
  interval: pulumi.Input<string>;
  value: pulumi.Input<number>;
}

export interface AlertActionFilterConditionPercentSessionsPercentFilter {
  attribute?: pulumi.Input<string>;
  key?: pulumi.Input<string>;
  match?: pulumi.Input<string>;
  value?: pulumi.Input<string>;
}

export interface AlertActionFilterConditionTaggedEvent {
  key: pulumi.Input<string>;
  /** `co`, `nc`, `eq`, `ne`, `sw`, `ew`, `is` or `ns`. */
  match: pulumi.Input<string>;
  value?: pulumi.Input<string>;
}
