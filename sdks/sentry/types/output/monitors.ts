export interface CronMonitorOwner {
  teamId?: string;
  userId?: string;
}

export interface CronMonitorSchedule {
  /** Five fields; or `intervalValue` with `intervalUnit`. */
  crontab?: string;
  intervalUnit?: string;
  intervalValue?: number;
}

export interface MetricMonitorConditionGroup {
  /** At most three, one of them with result 0: what closes the issue. */
  conditions: MetricMonitorConditionGroupCondition[];
  /** `any`. */
  logicType?: string;
}

export interface MetricMonitorConditionGroupCondition {
  /** In the aggregate's unit; without it for `anomaly_detection`. */
  comparison?: number;
  comparisonSensitivity?: string;
  comparisonThresholdType?: string;
  /** Priority of the issue: 75 high, 50 medium, 0 resolved. */
  conditionResult: number;
  /** `gt`, `gte`, `lt`, `lte` or `anomaly_detection`. */
  type: string;
}

export interface MetricMonitorIssueDetection {
  /** Seconds back, for `percent`. */
  comparisonDelta?: number;
  /** `static`, `percent` or `dynamic`. */
  type: string;
}

export interface MetricMonitorOwner {
  teamId?: string;
  userId?: string;
}

export interface UptimeMonitorOwner {
  teamId?: string;
  userId?: string;
}

export interface getProjectErrorMonitorOwner {
  teamId: string;
  userId: string;
}

export interface getProjectIssueStreamMonitorOwner {
  teamId: string;
  userId: string;
}
