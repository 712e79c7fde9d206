import * as pulumi from "@pulumi/pulumi";
import { packageReference, withInvokeDefaults } from "./package.ts";
import type * as outputs from "./types/output/index.ts";

/** The monitor of errors that Sentry makes with every project; issue alerts stand on it. */
export function getProjectErrorMonitorOutput(
  args: GetProjectErrorMonitorOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetProjectErrorMonitorResult> {
  return pulumi.runtime.invokeOutput(
    "sentry:index/getProjectErrorMonitor:getProjectErrorMonitor",
    { first: args.first, organization: args.organization, project: args.project },
    withInvokeDefaults(opts),
    packageReference(),
  );
}

export interface GetProjectErrorMonitorOutputArgs {
  /** True takes the first where a project has several; without it that is an error. */
  first?: pulumi.Input<boolean>;
  organization: pulumi.Input<string>;
  project: pulumi.Input<string>;
}

export interface GetProjectErrorMonitorResult {
  readonly enabled: boolean;
  readonly first?: boolean;
  readonly id: string;
  readonly name: string;
  readonly organization: string;
  readonly owner: outputs.getProjectErrorMonitorOwner;
  readonly project: string;
}
