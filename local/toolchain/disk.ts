import { mkdirSync, statfsSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";

const gib = 1024 ** 3;

/** Free bytes that this user may use on the file system of `dir`, which is made if it is missing. */
export function freeBytes(dir: string): number {
  mkdirSync(dir, { recursive: true });
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** "12.3 GiB" */
export function gibibytes(bytes: number): string {
  return `${(bytes / gib).toFixed(1)} GiB`;
}

/** Throws DISK_FULL before `what` begins, naming the folder, what is free and what is needed (bytes). */
export function requireFree(dir: string, needed: number, what: string): void {
  const free = freeBytes(dir);
  if (free < needed)
    throw new GoliveError(
      "DISK_FULL",
      `${what} needs ${gibibytes(needed)} free in ${dir}; ${gibibytes(free)} are free`,
      "Free some space there, or set XDG_CACHE_HOME to a folder on a larger disk.",
    );
}
