export interface AlertActionFilterCondition {
  ageComparison?: AlertActionFilterConditionAgeComparison;
  assignedTo?: AlertActionFilterConditionAssignedTo;
  eventAttribute?: AlertActionFilterConditionEventAttribute;
  eventFrequencyCount?: AlertActionFilterConditionEventFrequencyCount;
  eventFrequencyPercent?: AlertActionFilterConditionEventFrequencyPercent;
  eventUniqueUserFrequencyCount?: AlertActionFilterConditionEventUniqueUserFrequencyCount;
  issueCategory?: AlertActionFilterConditionIssueCategory;
  issueOccurrences?: AlertActionFilterConditionIssueOccurrences;
  issuePriorityDeescalating?: AlertActionFilterConditionIssuePriorityDeescalating;
  issuePriorityGreaterOrEqual?: AlertActionFilterConditionIssuePriorityGreaterOrEqual;
  issueType?: AlertActionFilterConditionIssueType;
  latestAdoptedRelease?: AlertActionFilterConditionLatestAdoptedRelease;
  latestRelease?: AlertActionFilterConditionLatestRelease;
  level?: AlertActionFilterConditionLevel;
  percentSessionsCount?: AlertActionFilterConditionPercentSessionsCount;
  percentSessionsPercent?: AlertActionFilterConditionPercentSessionsPercent;
  taggedEvent?: AlertActionFilterConditionTaggedEvent;
}

export interface AlertActionFilterConditionAgeComparison {
  comparisonType: string;
  time: string;
  value: number;
}

export interface AlertActionFilterConditionAssignedTo {
  targetId?: string;
  targetType?: string;
}

export interface AlertActionFilterConditionEventAttribute {
  attribute: string;
  match: string;
  value?: string;
}

export interface AlertActionFilterConditionEventFrequencyCount {
  filters?: AlertActionFilterConditionEventFrequencyCountFilter[];
  /** `1m`, `5m`, `15m`, `1h`, `1d`, `1w` or `30d`. */
  interval: string;
  /** Fires above it: 1 means the second event. */
  value: number;
}

export interface AlertActionFilterConditionEventFrequencyCountFilter {
  attribute?: string;
  key?: string;
  match?: string;
  value?: string;
}

export interface AlertActionFilterConditionEventFrequencyPercent {
  comparisonInterval: string;
  filters?: AlertActionFilterConditionEventFrequencyPercentFilter[];
  interval: string;
  value: number;
}

export interface AlertActionFilterConditionEventFrequencyPercentFilter {
  attribute?: string;
  key?: string;
  match?: string;
  value?: string;
}

export interface AlertActionFilterConditionEventUniqueUserFrequencyCount {
  filters?: AlertActionFilterConditionEventUniqueUserFrequencyCountFilter[];
  interval: string;
  value: number;
}

export interface AlertActionFilterConditionEventUniqueUserFrequencyCountFilter {
  attribute?: string;
  key?: string;
  match?: string;
  value?: string;
}

export interface AlertActionFilterConditionIssueCategory {
  include?: boolean;
  value: number;
}

export interface AlertActionFilterConditionIssueOccurrences {
  value: number;
}

export interface AlertActionFilterConditionIssuePriorityDeescalating {
  comparison: number;
}

export interface AlertActionFilterConditionIssuePriorityGreaterOrEqual {
  /** 25 low, 50 medium, 75 high. */
  comparison: number;
}

export interface AlertActionFilterConditionIssueType {
  include: boolean;
  value: string;
}

export interface AlertActionFilterConditionLatestAdoptedRelease {
  ageComparison: string;
  environment: string;
  releaseAgeType: string;
}

export type AlertActionFilterConditionLatestRelease = Record<string, never>;

export interface AlertActionFilterConditionLevel {
  /** 10 debug, 20 info, 30 warning, 40 error, 50 fatal. */
  level: number;
  /** `eq`, `gte` or `lte`. */
  match: string;
}

export interface AlertActionFilterConditionPercentSessionsCount {
  interval: string;
  value: number;
}

export interface AlertActionFilterConditionPercentSessionsPercent {
  comparisonInterval: string;
  filters?: AlertActionFilterConditionPercentSessionsPercentFilter[];
  interval: string;
  value: number;
}

export interface AlertActionFilterConditionPercentSessionsPercentFilter {
  attribute?: string;
  key?: string;
  match?: string;
  value?: string;
}

export interface AlertActionFilterConditionTaggedEvent {
  key: string;
  /** `co`, `nc`, `eq`, `ne`, `sw`, `ew`, `is` or `ns`. */
  match: string;
  value?: string;
}
