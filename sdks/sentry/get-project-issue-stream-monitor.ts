import * as pulumi from "@pulumi/pulumi";
import { packageReference, withInvokeDefaults } from "./package.ts";
import type * as outputs from "./types/output/index.ts";

/** The monitor of all issues that Sentry makes with every project. */
export function getProjectIssueStreamMonitorOutput(
  args: GetProjectIssueStreamMonitorOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetProjectIssueStreamMonitorResult> {
  return pulumi.runtime.invokeOutput(
    "sentry:index/getProjectIssueStreamMonitor:getProjectIssueStreamMonitor",
    { first: args.first, organization: args.organization, project: args.project },
    withInvokeDefaults(opts),
    packageReference(),
  );
}

export interface GetProjectIssueStreamMonitorOutputArgs {
  /** True takes the first where a project has several; without it that is an error. */
  first?: pulumi.Input<boolean>;
  organization: pulumi.Input<string>;
  project: pulumi.Input<string>;
}

export interface GetProjectIssueStreamMonitorResult {
  readonly enabled: boolean;
  readonly first?: boolean;
  readonly id: string;
  readonly name: string;
  readonly organization: string;
  readonly owner: outputs.getProjectIssueStreamMonitorOwner;
  readonly project: string;
}
