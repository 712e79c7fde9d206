import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Progress } from "../report.ts";
import { fileFault } from "./build-errors.ts";
import { buildPlans, diskNow } from "./build-plans.ts";
import { type ImageName, type ImageOrBase, recipes as ourRecipes, type Recipe } from "./images.ts";
import { holdLock } from "./lock.ts";
import { archiveOf, imagesDir, type Plan, planImages } from "./plan.ts";

export interface Archive {
  /** `localhost/golive/<name>:<tag>`, as pods name it. */
  readonly ref: string;
  /** Path of the OCI archive, for `ctr images import`. */
  readonly archive: string;
}

export interface BuildOptions<N extends ImageName> extends Progress {
  readonly names: readonly N[];
  /** @default the platform's own table; tests bring theirs. */
  readonly recipes?: Readonly<Record<ImageOrBase, Recipe>>;
  /** Where the recipes' files are. @default this repository. */
  readonly repo?: string;
}

export const repoRoot = join(import.meta.dirname, "..", "..");

/**
 * Makes sure that every named image lies in the cache as an archive; builds only what changed inputs ask for.
 * Throws IMAGE_BUILD_FAILED, DISK_FULL, TOOL_MISSING, LOCKED, or INTERRUPTED; finished images stay.
 */
export async function ensureArchives<N extends ImageName>(options: BuildOptions<N>): Promise<Record<N, Archive>> {
  const { names, recipes = ourRecipes, repo = repoRoot, report, signal } = options;
  try {
    const plans = await planImages(names, recipes, repo);
    const all: Plan[] = Object.values(plans);
    if ((await absent(all)).length > 0) {
      await mkdir(imagesDir(), { recursive: true });
      await holdLock(imagesDir(), options, async (lost) => {
        // Whoever held the lock before may have built them.
        const missing = await absent(all);
        if (missing.length > 0) await buildPlans(missing, { report, signal: AbortSignal.any([signal, lost]) });
      });
    }
    const entries = all.map((plan) => [plan.name, { ref: plan.ref, archive: archiveOf(plan) }]);
    return Object.fromEntries(entries) as Record<N, Archive>;
  } catch (cause) {
    if (signal.aborted)
      throw new GoliveError("INTERRUPTED", "image builds were stopped", "Run the same command again to go on.", {
        cause,
      });
    throw fileFault(cause, () => diskNow(0));
  }
}

async function absent(plans: readonly Plan[]): Promise<Plan[]> {
  const found = await Promise.all(plans.map((plan) => stat(archiveOf(plan)).catch(() => undefined)));
  return plans.filter((_, index) => found[index] === undefined);
}
