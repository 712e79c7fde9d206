import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";

const required = [
  "enabled",
  "organization",
  "project",
] as const satisfies readonly (keyof ProjectSpikeProtectionArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = ["enabled", "organization", "project"] as const satisfies readonly (keyof ProjectSpikeProtection)[];

/** Limits the events of a sudden spike, for one project. */
export class ProjectSpikeProtection extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/projectSpikeProtection:ProjectSpikeProtection";

  declare readonly enabled: pulumi.Output<boolean>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly project: pulumi.Output<string>;

  constructor(name: string, args: ProjectSpikeProtectionArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      ProjectSpikeProtection.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface ProjectSpikeProtectionArgs {
  enabled: pulumi.Input<boolean>;
  organization: pulumi.Input<string>;
  project: pulumi.Input<string>;
}
