import type { ProviderChange } from "./model.ts";
import { partsOf, type State } from "./step.ts";

type Change = Omit<ProviderChange, "resources">;

/** A resource that goes from one provider to another: `default_6_1_0` to `default_7_0_0`. */
export function providerChange(old: State | undefined, after: State | undefined): Change | undefined {
  const [from, to] = [referenceOf(old?.provider), referenceOf(after?.provider)];
  if (!from || !to || (from.name === to.name && from.provider === to.provider)) return undefined;
  return { provider: to.provider, from: versionIn(from.name), to: versionIn(to.name) };
}

/** A provider of the program itself whose version changes. */
export function explicitProviderChange(
  type: string,
  old: State | undefined,
  after: State | undefined,
): Change | undefined {
  const [from, to] = [old?.inputs["version"], after?.inputs["version"]];
  if (typeof from !== "string" || typeof to !== "string" || from === to) return undefined;
  return { provider: type.split(":").at(-1) ?? type, from, to };
}

/** `urn:…::pulumi:providers:aws::default_6_1_0::<id>`: a URN with an id behind it. */
function referenceOf(reference: string | undefined): { provider: string; name: string } | undefined {
  if (!reference) return undefined;
  const { type, name } = partsOf(reference.slice(0, reference.lastIndexOf("::")));
  if (!type.startsWith("pulumi:providers:")) return undefined;
  return { provider: type.split(":").at(-1) ?? type, name };
}

const versionIn = (name: string) => /^default_(\d.*)$/.exec(name)?.[1]?.replaceAll("_", ".") ?? name;
