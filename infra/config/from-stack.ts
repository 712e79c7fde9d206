import * as pulumi from "@pulumi/pulumi";
import { parsePlatformConfig, prefix } from "../config.ts";
import { type PlatformConfig, secretKeys } from "./schema.ts";

/**
 * The configuration, read from the running Pulumi stack: `pulumi up`, preview and refresh. Apart from the rest of it, since the CLI,
 * which reads stack files, need not load the SDK.
 *
 * @throws CONFIG_INVALID with every fault at once
 */
export function loadPlatformConfig(): PlatformConfig {
  const raw: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(pulumi.runtime.allConfig())) {
    // The engine hands over decrypted text: presence is all the schema needs, the program asks for the secret itself.
    raw[name] = name.slice(prefix.length) in secretKeys ? { secure: "" } : fromText(text);
  }
  return parsePlatformConfig(raw);
}

/** The engine hands every value over as text; objects, numbers and truth values are JSON. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
