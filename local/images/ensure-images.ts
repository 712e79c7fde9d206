import { importImage, listImages } from "../cluster/images.ts";
import { type BuildOptions, ensureArchives, repoRoot } from "./archives.ts";
import { type ImageName, recipes as ourRecipes } from "./images.ts";
import { planImages } from "./plan.ts";

export interface ClusterImageOptions<N extends ImageName> extends BuildOptions<N> {
  /** Name of a running embedded cluster. */
  readonly cluster: string;
}

/**
 * Makes sure that the cluster holds every named image as its inputs are now, and gives their refs. What the cluster
 * holds already is neither built nor read again, even if its archive is gone.
 */
export async function ensureImages<N extends ImageName>(options: ClusterImageOptions<N>): Promise<Record<N, string>> {
  const { cluster, names, report, signal, recipes = ourRecipes, repo = repoRoot } = options;
  const plans = await planImages(names, recipes, repo);
  const held = new Set(await listImages({ name: cluster }));
  const absent = names.filter((name) => !held.has(plans[name].ref));
  const archives = await ensureArchives({ ...options, names: absent });
  for (const name of absent) {
    signal.throwIfAborted();
    report(`image ${name}: import into cluster ${cluster}`);
    await importImage({ name: cluster, archive: archives[name].archive, report, signal });
  }
  // From the archives where one was made: inputs may have changed since the plan.
  const refs = names.map((name) => [name, name in archives ? archives[name].ref : plans[name].ref]);
  return Object.fromEntries(refs) as Record<N, string>;
}
