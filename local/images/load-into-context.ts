import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { execa } from "execa";
import { type BuildOptions, ensureArchives } from "./archives.ts";
import type { ImageName } from "./images.ts";

interface Loader {
  /** Names of this tool's contexts; the first group, if any, is the cluster's own name. */
  readonly context: RegExp;
  /** Command that brings an OCI archive into the cluster's nodes. */
  readonly command: (archive: string, cluster: string) => readonly [string, ...string[]];
}

/** Local clusters of other makers that take images without a registry, each by its own program. */
const loaders: readonly Loader[] = [
  {
    context: /^kind-(.+)$/,
    command: (archive, cluster) => ["kind", "load", "image-archive", archive, "--name", cluster],
  },
  { context: /^k3d-(.+)$/, command: (archive, cluster) => ["k3d", "image", "import", archive, "--cluster", cluster] },
  {
    context: /^(minikube)$/,
    command: (archive, profile) => ["minikube", "image", "load", archive, "--profile", profile],
  },
  // Their nodes share the image store of the Docker beside them.
  { context: /^(docker-desktop|orbstack)$/, command: (archive) => ["docker", "load", "--input", archive] },
];

const loaderOf = (context: string): Loader | undefined => loaders.find((loader) => loader.context.test(context));

/** Whether images that were built here can be brought into the cluster of a kube context. */
export const takesImages = (context: string): boolean => loaderOf(context) !== undefined;

export interface ContextImageOptions<N extends ImageName> extends BuildOptions<N> {
  readonly context: string;
  /** Uid of the cluster (that of its namespace kube-system): a cluster made anew under the same name holds no images. */
  readonly cluster: string;
  /** File that remembers what was loaded; nothing else tells it for every kind of cluster. */
  readonly memory: string;
}

/**
 * Makes sure that a local cluster of another maker holds every named image as its inputs are now, and gives their refs.
 * @throws TOOL_MISSING when the cluster's program is not on PATH, IMAGE_BUILD_FAILED when it refuses an archive, and as `ensureArchives`.
 */
export async function loadIntoContext<N extends ImageName>(
  options: ContextImageOptions<N>,
): Promise<Record<N, string>> {
  const { context, cluster, memory, names, report, signal } = options;
  const loader = loaderOf(context);
  if (loader === undefined) throw new RangeError(`no way to load images into context ${context}`);
  const archives = await ensureArchives(options);
  const loaded = await remembered(memory, cluster);
  for (const name of names) {
    const { ref, archive } = archives[name];
    if (loaded.has(ref)) continue;
    signal.throwIfAborted();
    const [program, ...args] = loader.command(archive, loader.context.exec(context)?.[1] ?? context);
    report(`image ${name}: ${program} loads it into ${context}`);
    await load(program, args, name, signal);
    loaded.add(ref);
    await mkdir(dirname(memory), { recursive: true, mode: 0o700 });
    await writeFile(memory, JSON.stringify({ cluster, refs: [...loaded] }));
  }
  return Object.fromEntries(names.map((name) => [name, archives[name].ref])) as Record<N, string>;
}

async function load(program: string, args: readonly string[], image: string, signal: AbortSignal): Promise<void> {
  const ended = await execa(program, args, { stdin: "ignore", all: true, reject: false, cancelSignal: signal });
  signal.throwIfAborted();
  if (ended.exitCode === 0) return;
  if (ended.code === "ENOENT")
    throw new GoliveError(
      "TOOL_MISSING",
      `${program} is not on PATH; it brings images into this cluster`,
      `Install ${program}, or name the images by digest under golive:images.`,
    );
  throw new GoliveError(
    "IMAGE_BUILD_FAILED",
    `${program} could not load image ${image}: ${ended.all.trim().split("\n").at(-1) || `exit status ${ended.exitCode}`}`,
    "Check that the cluster runs, then run the same command again.",
  );
}

async function remembered(memory: string, cluster: string): Promise<Set<string>> {
  const text = await readFile(memory, "utf8").catch(() => undefined);
  if (text === undefined) return new Set();
  try {
    const known = JSON.parse(text) as { cluster: string; refs: string[] };
    return new Set(known.cluster === cluster ? known.refs : []);
  } catch {
    return new Set();
  }
}
