import * as pulumi from "@pulumi/pulumi";
import { bag, packageReference, withDefaults } from "./package.ts";
import type * as inputs from "./types/input/index.ts";
import type * as outputs from "./types/output/index.ts";

const required = ["organization", "project"] as const satisfies readonly (keyof KeyArgs)[];
/** Everything that the provider answers with; what is not an input stays open until then. */
const properties = [
  "dsn",
  "dsnCsp",
  "dsnPublic",
  "dsnSecret",
  "javascriptLoaderScript",
  "name",
  "organization",
  "project",
  "projectId",
  "public",
  "rateLimitCount",
  "rateLimitWindow",
  "secret",
] as const satisfies readonly (keyof Key)[];

/** A client key of a project: where its DSN comes from. */
export class Key extends pulumi.CustomResource {
  static readonly __pulumiType = "sentry:index/key:Key";

  /** By use: `public`, `secret`, `csp`, `crons` (base of check-ins) and more. Secret. */
  declare readonly dsn: pulumi.Output<{ [key: string]: string }>;
  declare readonly dsnCsp: pulumi.Output<string>;
  declare readonly dsnPublic: pulumi.Output<string>;
  declare readonly dsnSecret: pulumi.Output<string>;
  declare readonly javascriptLoaderScript: pulumi.Output<outputs.KeyJavascriptLoaderScript>;
  declare readonly name: pulumi.Output<string>;
  declare readonly organization: pulumi.Output<string>;
  declare readonly project: pulumi.Output<string>;
  declare readonly projectId: pulumi.Output<string>;
  declare readonly public: pulumi.Output<string>;
  /** Events within `rateLimitWindow`. */
  declare readonly rateLimitCount: pulumi.Output<number>;
  /** Seconds. */
  declare readonly rateLimitWindow: pulumi.Output<number>;
  declare readonly secret: pulumi.Output<string>;

  constructor(name: string, args: KeyArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Key.__pulumiType,
      name,
      bag(name, args, required, properties),
      withDefaults(opts, ["dsn", "dsnSecret", "secret"]),
      false,
      packageReference(),
    );
  }
}

export interface KeyArgs {
  javascriptLoaderScript?: pulumi.Input<inputs.KeyJavascriptLoaderScript>;
  name?: pulumi.Input<string>;
  organization: pulumi.Input<string>;
  project: pulumi.Input<string>;
  /** Events within `rateLimitWindow`. */
  rateLimitCount?: pulumi.Input<number>;
  /** Seconds. */
  rateLimitWindow?: pulumi.Input<number>;
}
