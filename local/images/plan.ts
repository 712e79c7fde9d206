import { join } from "node:path";
import { cacheDir } from "../places.ts";
import { type ContextFile, contextFiles } from "./context.ts";
import { Digests } from "./digests.ts";
import { type ImageName, type ImageOrBase, imageNames, type Recipe } from "./images.ts";
import { tagOf } from "./tag.ts";

/** Everything that is known about an image before it is built. */
export interface Plan {
  readonly name: ImageOrBase;
  readonly recipe: Recipe;
  /** `localhost/golive/<name>:<tag>`. */
  readonly ref: string;
  readonly tag: string;
  readonly files: readonly ContextFile[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Images it is built from; they come first. */
  readonly from: readonly Plan[];
}

/** Where builds keep what they have: archives, the build storage, remembered digests. */
export function imagesDir(): string {
  return join(cacheDir(), "images");
}

export function refOf(name: string, tag: string): string {
  return `localhost/golive/${name}:${tag}`;
}

/** The image's archive; bases have none. */
export function archiveOf(plan: Plan): string {
  return join(imagesDir(), `${plan.name}-${plan.tag}.tar`);
}

export function isArchived(name: ImageOrBase): name is ImageName {
  return (imageNames as readonly string[]).includes(name);
}

/** Name of the Dockerfile in the build context. */
export const dockerfileInContext = "Dockerfile.golive";

/** Computes refs from what lies on disk now; builds nothing. */
export async function planImages<N extends ImageOrBase>(
  names: readonly N[],
  recipes: Readonly<Record<ImageOrBase, Recipe>>,
  repo: string,
): Promise<Record<N, Plan>> {
  const digests = await Digests.open(join(imagesDir(), "digests.json"));
  const plans = new Map<ImageOrBase, Promise<Plan>>();
  const plan = (name: ImageOrBase): Promise<Plan> => {
    const known = plans.get(name) ?? planOne(name);
    plans.set(name, known);
    return known;
  };
  const planOne = async (name: ImageOrBase): Promise<Plan> => {
    const recipe = recipes[name];
    const stages = Object.entries({
      ...(recipe.base === "scratch" ? {} : { BASE_IMAGE: recipe.base }),
      ...recipe.stages,
    });
    const from = await Promise.all(stages.map(([, image]) => plan(image)));
    const buildArgs = Object.fromEntries(stages.map(([arg], index) => [arg, from[index]?.ref ?? ""]));
    const [dockerfile] = await contextFiles({ repo: recipe.dockerfile }, repo, digests);
    if (dockerfile === undefined) throw new RangeError(`${recipe.dockerfile} is a folder`);
    const inputs = (await Promise.all(recipe.inputs.map((input) => contextFiles(input, repo, digests)))).flat();
    const files = [
      ...inputs.filter((file) => file.path !== recipe.dockerfile),
      { ...dockerfile, path: dockerfileInContext, executable: false },
    ];
    const labels = {
      "org.opencontainers.image.title": `golive-${name}`,
      "org.opencontainers.image.description": recipe.about,
    };
    const tag = tagOf({ files, buildArgs, labels });
    return { name, recipe, ref: refOf(name, tag), tag, files, buildArgs, labels, from };
  };
  const found = await Promise.all(names.map(async (name) => [name, await plan(name)] as const));
  await digests.save();
  return Object.fromEntries(found) as Record<N, Plan>;
}
