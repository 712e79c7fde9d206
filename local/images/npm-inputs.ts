import { realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";

/** Services that are npm workspaces: name → the other workspaces that they import. */
export const npmServices = { gateway: [], backup: ["errors"] } as const satisfies Record<string, readonly string[]>;

export type NpmService = keyof typeof npmServices;

/**
 * What of the repository a service's image may see: enough for `npm ci --workspace services/<x>` (npm needs no folder of
 * a workspace that the service does not import), and the service itself.
 */
export function dependenciesOf(service: NpmService): string[] {
  return ["package.json", "package-lock.json", ...npmServices[service], `services/${service}`];
}

/** The folder of the npm on PATH: a build stage gets the npm that installs the repository. */
export async function npmFolder(path = process.env.PATH ?? ""): Promise<string> {
  for (const folder of path.split(delimiter)) {
    const program = await realpath(join(folder, "npm")).catch(() => undefined);
    // …/lib/node_modules/npm/bin/npm-cli.js
    if (program?.endsWith(join("npm", "bin", "npm-cli.js"))) return dirname(dirname(program));
  }
  throw new GoliveError(
    "TOOL_MISSING",
    "npm is not on PATH",
    "Install Node with npm, then run the same command again.",
  );
}

/** Settings of the machine's own npmrc that name files of the machine or mean nothing in a build. */
const machineOnly = /^\s*(cafile|cache|prefix|nodedir|globalconfig|userconfig|tmp)\s*=/;

/** The npmrc that a build sees (mounted, never in a layer): the user's registries and their credentials. */
export function npmrcForBuild(userNpmrc: string, env: Readonly<Record<string, string | undefined>>): string {
  const kept = userNpmrc.split("\n").filter((line) => !machineOnly.test(line));
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY;
  return [...kept, ...(registry ? [`registry=${registry}`] : []), ""].join("\n");
}
