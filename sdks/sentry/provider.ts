import * as pulumi from "@pulumi/pulumi";
import { packageReference, withDefaults } from "./package.ts";

/** Sentry's API as one token sees it. */
export class Provider extends pulumi.ProviderResource {
  static readonly __pulumiType = "sentry";

  declare readonly baseUrl: pulumi.Output<string | undefined>;
  declare readonly token: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    const inputs = {
      baseUrl: args.baseUrl,
      token: args.token === undefined ? undefined : pulumi.secret(args.token),
    };
    super(Provider.__pulumiType, name, inputs, withDefaults(opts, ["token"]), false, packageReference());
  }
}

export interface ProviderArgs {
  /**
   * Where the API is, up to and with `/api/`: `https://de.sentry.io/api/` for organizations of the EU.
   * @default `https://sentry.io/api/`
   */
  baseUrl?: pulumi.Input<string>;
  /** Of an internal integration. It becomes a secret here, whatever it was before. */
  token?: pulumi.Input<string>;
}
