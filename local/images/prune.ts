import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildahArgs } from "./build-image.ts";
import { imagesDir, type Plan, refOf } from "./plan.ts";
import type { Run } from "./run.ts";

/** One kept build of an image. */
export interface Build {
  readonly name: string;
  readonly tag: string;
  /** When it was made, milliseconds. */
  readonly at: number;
}

/** Builds to forget: all but the current one and the newest before it (a step back costs no build). */
export function outdated(builds: readonly Build[], current: ReadonlyMap<string, string>): Build[] {
  const byName = Map.groupBy(builds, (build) => build.name);
  return [...current].flatMap(([name, tag]) =>
    (byName.get(name) ?? [])
      .filter((build) => build.tag !== tag)
      .sort((a, b) => b.at - a.at)
      .slice(1),
  );
}

/** Removes outdated archives and images of what was just built, and of its bases. */
export async function pruneImages(built: readonly Plan[], run: Run): Promise<void> {
  const current = new Map<string, string>();
  const note = (plan: Plan) => {
    current.set(plan.name, plan.tag);
    plan.from.forEach(note);
  };
  built.forEach(note);
  const archives = outdated(await archivedBuilds(), current);
  await Promise.all(archives.map(({ name, tag }) => rm(join(imagesDir(), `${name}-${tag}.tar`), { force: true })));
  // One by one and forgiving: an image that another is built on stays until that one goes.
  const forget = (image: string) => run("buildah", [...buildahArgs(), "rmi", image]).catch(() => undefined);
  for (const { name, tag } of outdated(await storedBuilds(run), current)) await forget(refOf(name, tag));
  const stages = (await stored(run, "--filter=dangling=true")).map(({ id, createdatraw }) => ({
    id,
    at: Date.parse(createdatraw),
  }));
  for (const { id } of surplus(stages)) await forget(id);
}

/** Stages of Dockerfiles have no name; they are what makes the next build quick. Four images have one: two builds' worth. */
const keptStages = 8;

export function surplus<S extends { readonly at: number }>(stages: readonly S[]): S[] {
  return [...stages].sort((a, b) => b.at - a.at).slice(keptStages);
}

/** An image of the storage, as `buildah images --json` tells of it. */
interface Stored {
  readonly id: string;
  readonly names: readonly string[] | null;
  readonly createdatraw: string;
}

async function stored(run: Run, ...filters: string[]): Promise<Stored[]> {
  return JSON.parse(await run("buildah", [...buildahArgs(), "images", "--json", ...filters]));
}

async function archivedBuilds(): Promise<Build[]> {
  const found = (await readdir(imagesDir())).flatMap((file) => {
    const match = /^(.+)-([0-9a-f]{12})\.tar$/.exec(file);
    return match?.[1] && match[2] ? [{ file, name: match[1], tag: match[2] }] : [];
  });
  return Promise.all(
    found.map(async ({ file, name, tag }) => ({ name, tag, at: (await stat(join(imagesDir(), file))).mtimeMs })),
  );
}

async function storedBuilds(run: Run): Promise<Build[]> {
  return (await stored(run)).flatMap(({ names, createdatraw }) =>
    (names ?? []).flatMap((ref) => {
      const [, name, tag] = /^localhost\/golive\/(.+):(.+)$/.exec(ref) ?? [];
      return name && tag ? [{ name, tag, at: Date.parse(createdatraw) }] : [];
    }),
  );
}
