import * as pulumi from "@pulumi/pulumi";

/** The provider's version that the shapes of this package are those of. */
export const version = "0.15.7";

/** The bridge that any Terraform provider runs in; it is told which one by the parameter. */
const bridge = { baseProviderName: "terraform-provider", baseProviderVersion: "1.0.2", baseProviderDownloadUrl: "" };
const parameter = { remote: { url: "registry.opentofu.org/jianyuan/sentry", version } };

/** What the engine knows the parameterised package by. */
export function packageReference(): Promise<string> {
  return pulumi.runtime.registerPackage({
    ...bridge,
    packageName: "sentry",
    packageVersion: version,
    base64Parameter: Buffer.from(JSON.stringify(parameter)).toString("base64"),
  });
}

/** The options of a resource, its package's version among them. @param secrets outputs that are never shown nor stored in clear */
export function withDefaults<T extends pulumi.ResourceOptions>(
  opts: T | undefined,
  secrets: readonly string[] = [],
): T {
  const defaults = secrets.length > 0 ? { version, additionalSecretOutputs: [...secrets] } : { version };
  return pulumi.mergeOptions(defaults, opts) as T;
}

export function withInvokeDefaults(opts: pulumi.InvokeOutputOptions = {}): pulumi.InvokeOutputOptions {
  return { version, ...opts };
}

/**
 * What a resource is registered with: its inputs, and each other property as one that the provider will fill. Throws where a
 * required input is missing: TypeScript does not see what comes from JavaScript, and the provider's own message comes late.
 */
export function bag(
  name: string,
  args: object | undefined,
  required: readonly string[],
  properties: readonly string[],
): pulumi.Inputs {
  const given: pulumi.Inputs = { ...args };
  for (const property of required)
    if (given[property] === undefined) throw new Error(`missing required property "${property}" of "${name}"`);
  const open = Object.fromEntries(properties.map((property) => [property, undefined]));
  return { ...open, ...given };
}
