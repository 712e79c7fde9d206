import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import { type ConfigFault, faultsOf } from "./config/faults.ts";
import { ruleFaults } from "./config/rules.ts";
import { type PlatformConfig, platformSchema, secretKeys } from "./config/schema.ts";

export type { ConfigFault } from "./config/faults.ts";
export type { PlatformConfig } from "./config/schema.ts";

/** The `config:` mapping of a Pulumi.<stack>.yaml as parsed, keys with their `golive:` prefix. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** Of every key that is the program's own. */
export const prefix = "golive:";

/**
 * The configuration, or CONFIG_INVALID with every fault at once: key path, value given, value allowed, fix.
 * Pure: the CLI calls it on the file before anything is started. Keys of other programs (`pulumi:`) are left alone.
 */
export function parsePlatformConfig(raw: RawConfig): PlatformConfig {
  const { config, faults } = checkPlatformConfig(raw);
  if (config && faults.length === 0) return config;
  const lines = faults.map(({ path, given, allowed, fix }) => `  ${path} is ${given}; allowed: ${allowed}; ${fix}`);
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  throw new GoliveError(
    "CONFIG_INVALID",
    `${count} in the configuration:\n${lines.join("\n")}`,
    "Correct these keys in Pulumi.<stack>.yaml and run the same command again; nothing was changed.",
    { cause: faults },
  );
}

/** The same as data: faults in the order of their paths; `config` only when there are none. */
export function checkPlatformConfig(raw: RawConfig): { config?: PlatformConfig; faults: ConfigFault[] } {
  const { plain, secrets, faults } = split(raw);
  const parsed = platformSchema.safeParse(plain);
  if (!parsed.success) faults.push(...faultsOf(parsed.error.issues, plain));
  else faults.push(...ruleFaults(parsed.data, secrets));
  faults.sort((a, b) => (a.path < b.path ? -1 : 1));
  return parsed.success && faults.length === 0 ? { config: parsed.data, faults } : { faults };
}

/** Own keys without prefix, secret keys set apart; a secret in clear is a fault, and its value is never shown. */
function split(raw: RawConfig): { plain: Record<string, unknown>; secrets: Set<string>; faults: ConfigFault[] } {
  const plain: Record<string, unknown> = {};
  const secrets = new Set<string>();
  const faults: ConfigFault[] = [];
  for (const [full, value] of Object.entries(raw)) {
    if (!full.startsWith(prefix)) continue;
    const name = full.slice(prefix.length);
    if (!(name in secretKeys)) plain[name] = value;
    else if (isEncrypted(value)) secrets.add(name);
    else
      faults.push({
        path: full,
        given: "a value in clear",
        allowed: "a Pulumi secret",
        fix: `run: pulumi config set --secret ${full}`,
      });
  }
  return { plain, secrets, faults };
}

function isEncrypted(value: unknown): boolean {
  return value !== null && typeof value === "object" && "secure" in value;
}

/** JSON schema of the `golive:` keys of a stack file, for editors. */
export function platformJsonSchema(): Record<string, unknown> {
  const {
    properties = {},
    required = [],
    ...rest
  } = z.toJSONSchema(platformSchema, { io: "input", unrepresentable: "any" });
  return {
    ...rest,
    title: "golive keys of Pulumi.<stack>.yaml",
    properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [prefix + name, schema])),
    required: required.map((name) => prefix + name),
    additionalProperties: true,
  };
}
