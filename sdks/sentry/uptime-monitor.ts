import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";
import type * as inputs from "./types/input/index.ts";
import type * as outputs from "./types/output/index.ts";

const required = [
  "environment",
  "intervalSeconds",
  "method",
  "organization",
  "project",
  "timeoutMs",
  "url",
] as const satisfies readonly (keyof UptimeMonitorArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "assertionJson",
  "body",
  "downtimeThreshold",
  "enabled",
  "environment",
  "headers",
  "intervalSeconds",
  "method",
  "name",
  "organization",
  "owner",
  "project",
  "recoveryThreshold",
  "timeoutMs",
  "url",
] as const satisfies readonly (keyof UptimeMonitor)[];

/** Asks a URL from outside; opens an issue when it does not answer as it should. */
export class UptimeMonitor extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/uptimeMonitor:UptimeMonitor";

  /** What the answer must satisfy, as JSON. */
  declare readonly assertionJson: pulumi.Output<string | undefined>;
  declare readonly body: pulumi.Output<string | undefined>;
  /** Failed checks in a row that open an issue. @default 3 */
  declare readonly downtimeThreshold: pulumi.Output<number>;
  declare readonly enabled: pulumi.Output<boolean>;
  /** Made by the monitor where it does not exist. */
  declare readonly environment: pulumi.Output<string>;
  declare readonly headers: pulumi.Output<{ [key: string]: string }>;
  /** 60, 300, 600, 1200, 1800 or 3600. */
  declare readonly intervalSeconds: pulumi.Output<number>;
  declare readonly method: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly owner: pulumi.Output<outputs.UptimeMonitorOwner | undefined>;
  declare readonly project: pulumi.Output<string>;
  /** Good checks in a row that close it. @default 1 */
  declare readonly recoveryThreshold: pulumi.Output<number>;
  declare readonly timeoutMs: pulumi.Output<number>;
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, args: UptimeMonitorArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      UptimeMonitor.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface UptimeMonitorArgs {
  /** What the answer must satisfy, as JSON. */
  assertionJson?: pulumi.Input<string>;
  body?: pulumi.Input<string>;
  /** Failed checks in a row that open an issue. @default 3 */
  downtimeThreshold?: pulumi.Input<number>;
  enabled?: pulumi.Input<boolean>;
  /** Made by the monitor where it does not exist. */
  environment: pulumi.Input<string>;
  headers?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** 60, 300, 600, 1200, 1800 or 3600. */
  intervalSeconds: pulumi.Input<number>;
  method: pulumi.Input<string>;
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  owner?: pulumi.Input<inputs.UptimeMonitorOwner>;
  project: pulumi.Input<string>;
  /** Good checks in a row that close it. @default 1 */
  recoveryThreshold?: pulumi.Input<number>;
  timeoutMs: pulumi.Input<number>;
  url: pulumi.Input<string>;
}
