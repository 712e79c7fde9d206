import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";
import type * as inputs from "./types/input/index.ts";
import type * as outputs from "./types/output/index.ts";

const required = [
  "checkinMarginMinutes",
  "failureIssueThreshold",
  "maxRuntimeMinutes",
  "organization",
  "project",
  "recoveryThreshold",
  "schedule",
] as const satisfies readonly (keyof CronMonitorArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "checkinMarginMinutes",
  "enabled",
  "failureIssueThreshold",
  "maxRuntimeMinutes",
  "name",
  "organization",
  "owner",
  "project",
  "recoveryThreshold",
  "schedule",
  "timezone",
] as const satisfies readonly (keyof CronMonitor)[];

/** Waits for check-ins on a schedule; opens an issue when one is missed or fails. */
export class CronMonitor extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/cronMonitor:CronMonitor";

  declare readonly checkinMarginMinutes: pulumi.Output<number>;
  declare readonly enabled: pulumi.Output<boolean>;
  /** Failed or missed check-ins in a row that open an issue. */
  declare readonly failureIssueThreshold: pulumi.Output<number>;
  declare readonly maxRuntimeMinutes: pulumi.Output<number>;
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly owner: pulumi.Output<outputs.CronMonitorOwner | undefined>;
  declare readonly project: pulumi.Output<string>;
  /** Good check-ins in a row that close it. */
  declare readonly recoveryThreshold: pulumi.Output<number>;
  declare readonly schedule: pulumi.Output<outputs.CronMonitorSchedule>;
  /** IANA name. @default `UTC` */
  declare readonly timezone: pulumi.Output<string>;

  constructor(name: string, args: CronMonitorArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      CronMonitor.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface CronMonitorArgs {
  checkinMarginMinutes: pulumi.Input<number>;
  enabled?: pulumi.Input<boolean>;
  /** Failed or missed check-ins in a row that open an issue. */
  failureIssueThreshold: pulumi.Input<number>;
  maxRuntimeMinutes: pulumi.Input<number>;
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  owner?: pulumi.Input<inputs.CronMonitorOwner>;
  project: pulumi.Input<string>;
  /** Good check-ins in a row that close it. */
  recoveryThreshold: pulumi.Input<number>;
  schedule: pulumi.Input<inputs.CronMonitorSchedule>;
  /** IANA name. @default `UTC` */
  timezone?: pulumi.Input<string>;
}
