import { mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../report.ts";
import { layOut } from "./context.ts";
import { findMirror, sourcesFile } from "./debian-root.ts";
import type { Recipe } from "./images.ts";
import { npmrcForBuild } from "./npm-inputs.ts";
import { pipConfForBuild, userPipConf } from "./pip-inputs.ts";
import { archiveOf, dockerfileInContext, imagesDir, isArchived, type Plan } from "./plan.ts";
import type { Run } from "./run.ts";

/** Home of the user that build steps run as, inside the image being built. */
const buildHome = "/root";

/** Storage of its own under the cache, so that no other user of buildah on this machine is touched. */
export function buildahArgs(root = imagesDir()): string[] {
  return [
    "--root",
    join(root, "storage"),
    "--runroot",
    join(root, "run"),
    // Measured: a base of 83 MB takes 5 s and once its size; vfs, by its design, copies it whole for every layer.
    "--storage-driver",
    "overlay",
  ];
}

/** Builds one image into the storage and, unless it is a base, archives it: never half an archive under its final name. */
export async function buildImage(plan: Plan, run: Run, report: Progress["report"]): Promise<void> {
  const scratch = await mkdtemp(join(await workDir(), `${plan.name}-`));
  // buildah puts large temporary files in TMPDIR; here they are on the disk that was measured, and go with the folder.
  const env = { TMPDIR: scratch };
  try {
    const context = join(scratch, "context");
    if (plan.files.some((file) => file.path === "root.tar")) report(`image ${plan.name}: fetching Debian`);
    await layOut(plan.files, context, scratch, run);
    const onLine = (line: string) =>
      /^(\[[^\]]*\] )?STEP /.test(line) && report(`image ${plan.name}: ${line.slice(0, 90)}`);
    await run("buildah", [...buildahArgs(), ...budArgs(plan, context, await mounts(plan.recipe, scratch))], {
      env,
      onLine,
    });
    if (!isArchived(plan.name)) return;
    report(`image ${plan.name}: archive`);
    const archive = archiveOf(plan);
    const partial = `${archive}.partial`;
    await rm(partial, { force: true });
    // zstd: half the time of gzip and a fifth smaller.
    const push = [
      "push",
      "--quiet",
      "--compression-format",
      "zstd",
      "--compression-level",
      "1",
      plan.ref,
      `oci-archive:${partial}:${plan.ref}`,
    ];
    await run("buildah", [...buildahArgs(), ...push], { env });
    await syncFile(partial);
    await rename(partial, archive);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Before it gets its final name: after a power cut, an archive is whole or absent. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}

async function workDir(): Promise<string> {
  const folder = join(imagesDir(), "work");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Arguments of `buildah bud` (pure, but for the mounts it is given). */
export function budArgs(plan: Plan, context: string, volumes: readonly string[]): string[] {
  const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  return [
    "bud",
    // No daemon, no registry, no network set-up: RUN is a chroot with this machine's network.
    "--isolation=chroot",
    "--network=host",
    "--pull-never",
    // Layers are kept, so that a change of code does not install packages again.
    "--layers",
    "--format=oci",
    ...volumes.map((volume) => `--volume=${volume}`),
    ...pairs("--build-arg", plan.buildArgs),
    ...pairs("--label", { ...plan.labels, "org.opencontainers.image.version": plan.tag }),
    `--file=${join(context, dockerfileInContext)}`,
    `--tag=${plan.ref}`,
    context,
  ];
}

const hostCertificates = "/etc/ssl/certs/ca-certificates.crt";

/** What a fetching build sees of this machine. Mounts only: neither mirrors nor credentials come into a layer. */
async function mounts({ fetches = [] }: Recipe, scratch: string): Promise<string[]> {
  const found: string[] = [];
  if (fetches.length > 0 && (await stat(hostCertificates).catch(() => undefined)))
    found.push(`${hostCertificates}:${hostCertificates}:ro`);
  if (fetches.includes("debian")) {
    const sources = join(scratch, "golive.sources");
    await writeFile(sources, sourcesFile(await findMirror(process.env)));
    found.push(`${sources}:/etc/apt/sources.list.d/golive.sources:ro`);
  }
  if (fetches.includes("npm")) {
    const npmrc = join(scratch, "npmrc");
    const own = await readFile(join(homedir(), ".npmrc"), "utf8").catch(() => "");
    await writeFile(npmrc, npmrcForBuild(own, process.env), { mode: 0o600 });
    const cache = join(imagesDir(), "npm");
    await mkdir(cache, { recursive: true });
    found.push(`${npmrc}:${buildHome}/.npmrc:ro`, `${cache}:${buildHome}/.npm`);
  }
  if (fetches.includes("pip")) {
    const conf = join(scratch, "pip.conf");
    await writeFile(conf, pipConfForBuild(await userPipConf(process.env), process.env), { mode: 0o600 });
    found.push(`${conf}:/etc/pip.conf:ro`);
  }
  return found;
}
