import type { AlertActionFilterAction } from "./alert-actions.ts";
import type { AlertActionFilterCondition } from "./alert-conditions.ts";

export interface AlertActionFilter {
  actions: AlertActionFilterAction[];
  conditions?: AlertActionFilterCondition[];
  /** `any`, `any-short`, `all` or `none`. */
  logicType: string;
}

export interface AlertTriggerCondition {
  firstSeenEvent?: AlertTriggerConditionFirstSeenEvent;
  issueResolvedTrigger?: AlertTriggerConditionIssueResolvedTrigger;
  reappearedEvent?: AlertTriggerConditionReappearedEvent;
  regressionEvent?: AlertTriggerConditionRegressionEvent;
}

export type AlertTriggerConditionFirstSeenEvent = Record<string, never>;

export type AlertTriggerConditionIssueResolvedTrigger = Record<string, never>;

export type AlertTriggerConditionReappearedEvent = Record<string, never>;

export type AlertTriggerConditionRegressionEvent = Record<string, never>;
