import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";

const required = [
  "integrationId",
  "integrationKey",
  "organization",
  "service",
] as const satisfies readonly (keyof IntegrationPagerdutyArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "integrationId",
  "integrationKey",
  "organization",
  "service",
] as const satisfies readonly (keyof IntegrationPagerduty)[];

/** A service of a PagerDuty account; its id is what actions name as `serviceId`. */
export class IntegrationPagerduty extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/integrationPagerduty:IntegrationPagerduty";

  /** Of PagerDuty's installation in the organization. */
  declare readonly integrationId: pulumi.Output<string>;
  /** The service's key in PagerDuty. */
  declare readonly integrationKey: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  /** Name of the service as alerts show it. */
  declare readonly service: pulumi.Output<string>;

  constructor(name: string, args: IntegrationPagerdutyArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      IntegrationPagerduty.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface IntegrationPagerdutyArgs {
  /** Of PagerDuty's installation in the organization. */
  integrationId: pulumi.Input<string>;
  /** The service's key in PagerDuty. */
  integrationKey: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  /** Name of the service as alerts show it. */
  service: pulumi.Input<string>;
}
