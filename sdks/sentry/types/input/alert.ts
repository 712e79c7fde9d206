import type * as pulumi from "@pulumi/pulumi";
import type { AlertActionFilterAction } from "./alert-actions.ts";
import type { AlertActionFilterCondition } from "./alert-conditions.ts";

export interface AlertActionFilter {
  actions: pulumi.Input<pulumi.Input<AlertActionFilterAction>[]>;
  conditions?: pulumi.Input<pulumi.Input<AlertActionFilterCondition>[]>;
  /** `any`, `any-short`, `all` or `none`. */
  logicType: pulumi.Input<string>;
}

export interface AlertTriggerCondition {
  firstSeenEvent?: pulumi.Input<AlertTriggerConditionFirstSeenEvent>;
  issueResolvedTrigger?: pulumi.Input<AlertTriggerConditionIssueResolvedTrigger>;
  reappearedEvent?: pulumi.Input<AlertTriggerConditionReappearedEvent>;
  regressionEvent?: pulumi.Input<AlertTriggerConditionRegressionEvent>;
}

export type AlertTriggerConditionFirstSeenEvent = Record<string, never>;

export type AlertTriggerConditionIssueResolvedTrigger = Record<string, never>;

export type AlertTriggerConditionReappearedEvent = Record<string, never>;

export type AlertTriggerConditionRegressionEvent = Record<string, never>;
