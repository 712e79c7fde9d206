import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";
import type * as inputs from "./types/input/index.ts";
import type * as outputs from "./types/output/index.ts";

const required = [
  "actionFilters",
  "frequencyMinutes",
  "monitorIds",
  "organization",
] as const satisfies readonly (keyof AlertArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "actionFilters",
  "enabled",
  "environment",
  "frequencyMinutes",
  "legacyTriggerConditions",
  "monitorIds",
  "name",
  "organization",
  "triggerConditions",
] as const satisfies readonly (keyof Alert)[];

/** Who is told of the issues of some monitors, and when. */
export class Alert extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/alert:Alert";

  /** Exactly one: more than one ends in "inconsistent result after apply" (terraform-provider-sentry#938). */
  declare readonly actionFilters: pulumi.Output<outputs.AlertActionFilter[]>;
  declare readonly enabled: pulumi.Output<boolean>;
  /** Must exist in the organization already: a project has none before its first event. */
  declare readonly environment: pulumi.Output<string | undefined>;
  /** How often one issue is told again at most: 0, 5, 10, 30, 60, 180, 720 or 1440. */
  declare readonly frequencyMinutes: pulumi.Output<number>;
  /** Kinds that have no typed form. They are sent with `comparison: true`, whatever they had. */
  declare readonly legacyTriggerConditions: pulumi.Output<string[] | undefined>;
  /** Of metric, cron and uptime monitors, or a project's default error monitor. */
  declare readonly monitorIds: pulumi.Output<string[]>;
  /** At most 256 characters. */
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  /** Any of them starts the alert; none at all means every event does. */
  declare readonly triggerConditions: pulumi.Output<outputs.AlertTriggerCondition[]>;

  constructor(name: string, args: AlertArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Alert.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface AlertArgs {
  /** Exactly one: more than one ends in "inconsistent result after apply" (terraform-provider-sentry#938). */
  actionFilters: pulumi.Input<pulumi.Input<inputs.AlertActionFilter>[]>;
  enabled?: pulumi.Input<boolean>;
  /** Must exist in the organization already: a project has none before its first event. */
  environment?: pulumi.Input<string>;
  /** How often one issue is told again at most: 0, 5, 10, 30, 60, 180, 720 or 1440. */
  frequencyMinutes: pulumi.Input<number>;
  /** Kinds that have no typed form. They are sent with `comparison: true`, whatever they had. */
  legacyTriggerConditions?: pulumi.Input<pulumi.Input<string>[]>;
  /** Of metric, cron and uptime monitors, or a project's default error monitor. */
  monitorIds: pulumi.Input<pulumi.Input<string>[]>;
  /** At most 256 characters. */
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  /** Any of them starts the alert; none at all means every event does. */
  triggerConditions?: pulumi.Input<pulumi.Input<inputs.AlertTriggerCondition>[]>;
}
