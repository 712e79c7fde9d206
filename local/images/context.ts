import { chmod, copyFile, cp, mkdir, readdir, stat, utimes } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { debianRoot, makeDebianRoot } from "./debian-root.ts";
import type { Digests } from "./digests.ts";
import type { Input } from "./images.ts";
import { makePause, pauseBuild, pauseSource } from "./make-pause.ts";
import { npmFolder } from "./npm-inputs.ts";
import { programPath } from "./program-path.ts";
import type { Run } from "./run.ts";
import type { TaggedFile } from "./tag.ts";

/** A file of a build context: what the tag sees of it, and how it gets there. */
export interface ContextFile extends TaggedFile {
  readonly place: (to: string, scratch: string, run: Run) => Promise<void>;
}

/** Never part of an image, whatever folder is named as an input. */
const leftOut = (name: string) => ["node_modules", "testing", "README.md"].includes(name) || name.endsWith(".test.ts");

/** The context files that an input stands for. */
export async function contextFiles(input: Input, repo: string, digests: Digests): Promise<ContextFile[]> {
  if ("repo" in input) return repoFiles(repo, input.repo, digests);
  if ("tool" in input) return [await copied(programPath(input.tool), input.to, digests)];
  if ("made" in input) return [await made(input, digests)];
  if (input.host === "node") return [await copied(process.execPath, input.to, digests)];
  const npm = await npmFolder();
  return [
    {
      path: input.to,
      executable: true,
      // npm's package.json names its version, which stands for the folder's thousand files.
      digest: await digests.of(join(npm, "package.json")),
      place: (to) => cp(npm, to, { recursive: true }),
    },
  ];
}

async function made(input: Extract<Input, { made: string }>, digests: Digests): Promise<ContextFile> {
  if (input.made === "debian-root")
    return { path: input.to, executable: false, digest: JSON.stringify(debianRoot), place: makeDebianRoot };
  const digest = JSON.stringify([pauseBuild, await digests.of(pauseSource)]);
  return { path: input.to, executable: true, digest, place: makePause };
}

async function repoFiles(repo: string, path: string, digests: Digests): Promise<ContextFile[]> {
  const from = join(repo, path);
  const found = await stat(from).catch(() => undefined);
  if (found === undefined)
    throw new GoliveError("IMAGE_BUILD_FAILED", `${path} is not in the repository`, "Restore it with `git checkout`.");
  if (!found.isDirectory()) return [await copied(from, path, digests)];
  const names = (await readdir(from)).filter((name) => !leftOut(name));
  return (await Promise.all(names.map((name) => repoFiles(repo, posix.join(path, name), digests)))).flat();
}

async function copied(from: string, path: string, digests: Digests): Promise<ContextFile> {
  const found = await stat(from).catch(() => undefined);
  if (found === undefined)
    throw new GoliveError("TOOL_MISSING", `${from} is not there`, "Run `golive up`, which builds the tools first.");
  // Only this bit: the rest of a mode depends on the umask of whoever checked the repository out.
  const executable = (found.mode & 0o111) !== 0;
  return { path, executable, digest: await digests.of(from), place: (to) => copyFile(from, to) };
}

/** One date for all files: the same content gives the same layer, whenever it was built. */
const contextDate = new Date("2026-01-01T00:00:00Z");

/** Lays the files out as a build context. */
export async function layOut(files: readonly ContextFile[], folder: string, scratch: string, run: Run): Promise<void> {
  for (const file of files) {
    const to = join(folder, file.path);
    await mkdir(dirname(to), { recursive: true });
    await file.place(to, scratch, run);
    await chmod(to, file.executable ? 0o755 : 0o644);
    await utimes(to, contextDate, contextDate);
  }
}
