import * as pulumi from "@pulumi/pulumi";
import { packageReference, withInvokeDefaults } from "./package.ts";

/** An installed integration, such as a Slack workspace, by its name. */
export function getOrganizationIntegrationOutput(
  args: GetOrganizationIntegrationOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetOrganizationIntegrationResult> {
  return pulumi.runtime.invokeOutput(
    "sentry:index/getOrganizationIntegration:getOrganizationIntegration",
    { name: args.name, organization: args.organization, providerKey: args.providerKey },
    withInvokeDefaults(opts),
    packageReference(),
  );
}

export interface GetOrganizationIntegrationOutputArgs {
  /** The workspace's or account's name as Sentry shows it. */
  name: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  /** Such as `slack` or `pagerduty`. */
  providerKey: pulumi.Input<string>;
}

export interface GetOrganizationIntegrationResult {
  readonly id: string;
  readonly internalId: string;
  readonly name: string;
  readonly organization: string;
  readonly providerKey: string;
}
