import { statfsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../report.ts";
import { ensurePackages } from "../toolchain/index.ts";
import { type Disk, diskFull, fileFault } from "./build-errors.ts";
import { buildahArgs, buildImage } from "./build-image.ts";
import { imagePackages } from "./packages.ts";
import { imagesDir, type Plan } from "./plan.ts";
import { pruneImages } from "./prune.ts";
import { containedRun } from "./run.ts";
import { Slots } from "./slots.ts";

/** Builds side by side: they wait for registries and disks as much as they compute. */
const atOnce = 2;
/** Beyond what the images need: nothing else on the machine should starve. */
const reserveMb = 200;

/** Builds images and those of their bases that are gone. The caller holds the lock. */
export async function buildPlans(missing: readonly Plan[], { report, signal }: Progress): Promise<void> {
  await ensurePackages(imagePackages, { report, signal });
  await sweep();
  const todo = withBases(missing, await storedRefs());
  const neededMb = todo.reduce((sum, plan) => sum + plan.recipe.diskMb, reserveMb);
  const disk = () => diskNow(neededMb);
  if (disk().freeMb < neededMb) throw diskFull(disk());

  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const slots = new Slots(atOnce);
  const running = new Map<Plan, Promise<void>>();
  const build = async (plan: Plan) => {
    await Promise.all(plan.from.map((base) => running.get(base)));
    await slots.use(async () => {
      stop.throwIfAborted();
      const begun = Date.now();
      await buildImage(plan, containedRun(plan.name, disk, stop), report);
      report(`image ${plan.name}: built in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    });
  };
  // Bases stand before what is built on them, so theirs are running when they are asked for.
  for (const plan of todo) {
    const ending = build(plan);
    running.set(plan, ending);
    // The first failure stops the others.
    ending.catch((error: unknown) => failed.abort(fileFault(error, disk)));
  }
  try {
    // All have ended, and let go of their files, before anything is swept.
    await Promise.allSettled(running.values());
    stop.throwIfAborted();
    await pruneImages(missing, containedRun("storage", disk, stop));
  } catch (error) {
    await sweep();
    throw error;
  }
}

/** What must be built: the missing images, and those of their bases that are not in the storage. Bases first. */
export function withBases(missing: readonly Plan[], inStorage: ReadonlySet<string>): Plan[] {
  const todo = new Set<Plan>();
  const add = (plan: Plan) => {
    for (const base of plan.from) if (!inStorage.has(base.ref)) add(base);
    todo.add(plan);
  };
  for (const plan of missing) add(plan);
  return [...todo];
}

export function diskNow(neededMb: number): Disk {
  const { bavail, bsize } = statfsSync(imagesDir());
  return { place: imagesDir(), freeMb: Math.floor((bavail * bsize) / 1e6), neededMb };
}

/** Looking and tidying are not stopped by Ctrl-C: they are short, and what they leave undone would stay. */
const always = new AbortController().signal;
const buildah = (...args: string[]) =>
  containedRun("storage", () => diskNow(reserveMb), always)("buildah", [...buildahArgs(), ...args]);

async function storedRefs(): Promise<Set<string>> {
  return new Set((await buildah("images", "--format", "{{.Name}}:{{.Tag}}")).split("\n"));
}

/** Under the lock nobody else builds, so whatever work is here was left by a build that did not end well. */
async function sweep(): Promise<void> {
  await rm(join(imagesDir(), "work"), { recursive: true, force: true });
  for (const left of await readdir(imagesDir()))
    if (left.endsWith(".tar.partial")) await rm(join(imagesDir(), left), { force: true });
  await buildah("rm", "--all");
}
