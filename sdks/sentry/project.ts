import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";
import type * as inputs from "./types/input/index.ts";
import type * as outputs from "./types/output/index.ts";

const required = ["organization", "teams"] as const satisfies readonly (keyof ProjectArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "clientSecurity",
  "defaultKey",
  "defaultRules",
  "digestsMaxDelay",
  "digestsMinDelay",
  "features",
  "filters",
  "fingerprintingRules",
  "groupingEnhancements",
  "highlightTags",
  "internalId",
  "name",
  "organization",
  "platform",
  "resolveAge",
  "slug",
  "teams",
] as const satisfies readonly (keyof Project)[];

/** A project; its id is its slug. */
export class Project extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/project:Project";

  declare readonly clientSecurity: pulumi.Output<outputs.ProjectClientSecurity>;
  /** False removes the key that Sentry makes with every project. */
  declare readonly defaultKey: pulumi.Output<boolean | undefined>;
  /** False leaves out the alert that Sentry makes with every project. */
  declare readonly defaultRules: pulumi.Output<boolean | undefined>;
  /** Seconds. */
  declare readonly digestsMaxDelay: pulumi.Output<number>;
  /** Seconds. */
  declare readonly digestsMinDelay: pulumi.Output<number>;
  declare readonly features: pulumi.Output<string[]>;
  declare readonly filters: pulumi.Output<outputs.ProjectFilters>;
  declare readonly fingerprintingRules: pulumi.Output<string>;
  declare readonly groupingEnhancements: pulumi.Output<string>;
  declare readonly highlightTags: pulumi.Output<string[]>;
  /** The number that Sentry knows it by. */
  declare readonly internalId: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly platform: pulumi.Output<string | undefined>;
  /** Hours without an event after which an issue is resolved; 0 never. */
  declare readonly resolveAge: pulumi.Output<number>;
  declare readonly slug: pulumi.Output<string>;
  /** Slugs. */
  declare readonly teams: pulumi.Output<string[]>;

  constructor(name: string, args: ProjectArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Project.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts),
      false,
      packageReference(),
    );
  }
}

export interface ProjectArgs {
  clientSecurity?: pulumi.Input<inputs.ProjectClientSecurity>;
  /** False removes the key that Sentry makes with every project. */
  defaultKey?: pulumi.Input<boolean>;
  /** False leaves out the alert that Sentry makes with every project. */
  defaultRules?: pulumi.Input<boolean>;
  /** Seconds. */
  digestsMaxDelay?: pulumi.Input<number>;
  /** Seconds. */
  digestsMinDelay?: pulumi.Input<number>;
  filters?: pulumi.Input<inputs.ProjectFilters>;
  fingerprintingRules?: pulumi.Input<string>;
  groupingEnhancements?: pulumi.Input<string>;
  highlightTags?: pulumi.Input<pulumi.Input<string>[]>;
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  platform?: pulumi.Input<string>;
  /** Hours without an event after which an issue is resolved; 0 never. */
  resolveAge?: pulumi.Input<number>;
  slug?: pulumi.Input<string>;
  /** Slugs. */
  teams: pulumi.Input<pulumi.Input<string>[]>;
}
