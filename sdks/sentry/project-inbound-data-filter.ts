import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";

const required = [
  "filterId",
  "organization",
  "project",
] as const satisfies readonly (keyof ProjectInboundDataFilterArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "active",
  "filterId",
  "organization",
  "project",
  "subfilters",
] as const satisfies readonly (keyof ProjectInboundDataFilter)[];

/** Drops events of a kind before they count against the quota. */
export class ProjectInboundDataFilter extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/projectInboundDataFilter:ProjectInboundDataFilter";

  /** Without it, `subfilters` of `legacy-browsers` say what is filtered. */
  declare readonly active: pulumi.Output<boolean | undefined>;
  /** Such as `browser-extensions` or `web-crawlers`. */
  declare readonly filterId: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly project: pulumi.Output<string>;
  declare readonly subfilters: pulumi.Output<string[] | undefined>;

  constructor(name: string, args: ProjectInboundDataFilterArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      ProjectInboundDataFilter.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface ProjectInboundDataFilterArgs {
  /** Without it, `subfilters` of `legacy-browsers` say what is filtered. */
  active?: pulumi.Input<boolean>;
  /** Such as `browser-extensions` or `web-crawlers`. */
  filterId: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  project: pulumi.Input<string>;
  subfilters?: pulumi.Input<pulumi.Input<string>[]>;
}
