import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { codeOf } from "./disk-errors.ts";
import { StoreError } from "./object-store.ts";

/** Ends the name of a file that is not an object yet. */
export const partialEnd = ".partial";

/**
 * Names of folders and file of a key below the root. A key can name nothing else: no part of it goes up, hides, or is
 * what only an unfinished file may be called.
 */
export function segmentsOf(key: string): readonly string[] {
  const segments = key.split("/");
  const bad = segments.find((name) => name === "" || name === "." || name === ".." || /[\0\\]/.test(name));
  if (bad !== undefined || key.endsWith(partialEnd))
    throw new StoreError("failed", `${JSON.stringify(key)} cannot be the key of a file`);
  return segments;
}

/**
 * The path of a key. Symbolic links below the root are not followed: one of them could lead anywhere.
 * @throws StoreError "not-found" when its folder is not there, "failed" when its folder is not where it seems to be.
 */
export async function pathOf(root: string, key: string): Promise<{ readonly folder: string; readonly path: string }> {
  const segments = segmentsOf(key);
  const folder = await folderAt(root, segments.slice(0, -1));
  if (folder === undefined) throw new StoreError("not-found", `there is no ${key}`);
  return { folder, path: join(folder, segments.at(-1) as string) };
}

/** A folder below the root, by the names of the folders to it; undefined when there is none. */
export async function folderAt(root: string, names: readonly string[]): Promise<string | undefined> {
  const top = await rootAt(root);
  const wanted = join(top, ...names);
  try {
    const real = await realpath(wanted);
    if (real === wanted) return real;
    throw new StoreError("failed", `${wanted.slice(top.length + sep.length)} leads out of ${root} by a symbolic link`);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * The root itself, which may be a link. It is never made here: a folder that is missing is a disk that is not mounted,
 * and backups beside it would fill another one.
 */
export async function rootAt(root: string): Promise<string> {
  try {
    const real = await realpath(root);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
  }
  throw new StoreError("no-bucket", `there is no folder ${root}`);
}
