import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const entry = /^(.*\/@opentelemetry\/api)\/(?:dist|build)\/(?:[^/]+\/)*index\.[cm]?js$/;

/** Folders of the copies of `@opentelemetry/api` that this process has loaded. */
const loaded = new Set<string>();

/** Notes each copy as it is loaded; has to run before the first one is. */
export function watchApiCopies(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const folder = apiFolder(url);
      if (folder !== undefined) loaded.add(folder);
      return nextLoad(url, context);
    },
  });
}

export function apiFolder(url: string): string | undefined {
  return url.startsWith("file:") ? entry.exec(fileURLToPath(url))?.[1] : undefined;
}

/**
 * Copies find each other through one global of the process, and only when their versions allow it: the one of another version gets
 * a tracer that does nothing, and which one that is depends on the order of loading. Copies of one version are as good as one.
 *
 * @returns a message when there is more than one version; undefined when all is well
 */
export function apiVersionFault(folders: Iterable<string> = loaded): string | undefined {
  const versions = new Map<string, string>();
  for (const folder of folders) versions.set(versionOf(folder), folder);
  if (versions.size <= 1) return undefined;
  const found = [...versions].map(([version, folder]) => `${version} in ${folder}`).sort();
  return `@opentelemetry/api is loaded in ${versions.size} versions, of which only one can trace: ${found.join(", ")}`;
}

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { version?: string };
  return version ?? "unknown";
}
