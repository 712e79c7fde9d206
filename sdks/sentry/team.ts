import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";

const required = ["organization"] as const satisfies readonly (keyof TeamArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "hasAccess",
  "internalId",
  "isMember",
  "isPending",
  "name",
  "organization",
  "sentryTeamId",
  "slug",
  "teamId",
] as const satisfies readonly (keyof Team)[];

/** A team of the organization. */
export class Team extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/team:Team";

  declare readonly hasAccess: pulumi.Output<boolean>;
  /** The number that owners and email actions name. */
  declare readonly internalId: pulumi.Output<string>;
  declare readonly isMember: pulumi.Output<boolean>;
  declare readonly isPending: pulumi.Output<boolean>;
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly sentryTeamId: pulumi.Output<string>;
  declare readonly slug: pulumi.Output<string>;
  declare readonly teamId: pulumi.Output<string>;

  constructor(name: string, args: TeamArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Team.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface TeamArgs {
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  sentryTeamId?: pulumi.Input<string>;
  slug?: pulumi.Input<string>;
}
