import type * as pulumi from "@pulumi/pulumi";

export interface CronMonitorOwner {
  teamId?: pulumi.Input<string>;
  userId?: pulumi.Input<string>;
}

export interface CronMonitorSchedule {
  /** Five fields; or `intervalValue` with `intervalUnit`. */
  crontab?: pulumi.Input<string>;
  intervalUnit?: pulumi.Input<string>;
  intervalValue?: pulumi.Input<number>;
}

export interface MetricMonitorConditionGroup {
  /** At most three, one of them with result 0: what closes the issue. */
  conditions: pulumi.Input<pulumi.Input<MetricMonitorConditionGroupCondition>[]>;
  /** `any`. */
  logicType?: pulumi.Input<string>;
}

export interface MetricMonitorConditionGroupCondition {
  /** In the aggregate's unit; without it for `anomaly_detection`. */
  comparison?: pulumi.Input<number>;
  comparisonSensitivity?: pulumi.Input<string>;
  comparisonThresholdType?: pulumi.Input<string>;
  /** Priority of the issue: 75 high, 50 medium, 0 resolved. */
  conditionResult: pulumi.Input<number>;
  /** `gt`, `gte`, `lt`, `lte` or `anomaly_detection`. */
  type: pulumi.Input<string>;
}

export interface MetricMonitorIssueDetection {
  /** Seconds back, for `percent`. */
  comparisonDelta?: pulumi.Input<number>;
  /** `static`, `percent` or `dynamic`. */
  type: pulumi.Input<string>;
}

export interface MetricMonitorOwner {
  teamId?: pulumi.Input<string>;
  userId?: pulumi.Input<string>;
}

export interface UptimeMonitorOwner {
  teamId?: pulumi.Input<string>;
  userId?: pulumi.Input<string>;
}
