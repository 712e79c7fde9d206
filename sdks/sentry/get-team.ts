import * as pulumi from "@pulumi/pulumi";
import { packageReference, withInvokeDefaults } from "./package.ts";

/** A team that exists already. */
export function getTeamOutput(
  args: GetTeamOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetTeamResult> {
  return pulumi.runtime.invokeOutput(
    "sentry:index/getTeam:getTeam",
    { organization: args.organization, slug: args.slug },
    withInvokeDefaults(opts),
    packageReference(),
  );
}

export interface GetTeamOutputArgs {
  organization: pulumi.Input<string>;
  slug: pulumi.Input<string>;
}

export interface GetTeamResult {
  readonly hasAccess: boolean;
  readonly id: string;
  readonly internalId: string;
  readonly isMember: boolean;
  readonly isPending: boolean;
  readonly name: string;
  readonly organization: string;
  readonly slug: string;
}
