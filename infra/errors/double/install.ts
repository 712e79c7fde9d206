import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the engine looks for on PATH when a program uses a bridged Terraform provider. */
const pluginName = "pulumi-resource-terraform-provider";

/**
 * Puts the double where the engine finds it before any real bridge.
 * @param folder is made where it is not there
 * @returns the PATH to run the engine with
 */
export function installDouble(folder: string, path = process.env["PATH"] ?? ""): string {
  mkdirSync(folder, { recursive: true });
  const plugin = join(folder, pluginName);
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  writeFileSync(plugin, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(main)} "$@"\n`);
  chmodSync(plugin, 0o755);
  return `${folder}:${path}`;
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
