import { statfs } from "node:fs/promises";
import type { Manifest } from "../catalogue/manifest.ts";
import { bytesText } from "../format.ts";
import { drillFailed } from "./drill-failure.ts";

/** Times the plain dump: once itself, and its rows with their indexes. */
const perPlainByte = 2.5;
/** An empty server (40 MB) and its write-ahead log at its largest (`max_wal_size`). */
const serverBytes = 300e6;

/** Indexes may be larger than the rows; what the database took on its own server is then the better guess. */
export function neededBytes({ dump, server }: Pick<Manifest, "dump" | "server">): number {
  return Math.max(perPlainByte * dump.plain.bytes, dump.plain.bytes + server.databaseBytes) + serverBytes;
}

/** @throws DRILL_FAILED with what is free and what is needed. */
export async function checkSpace(folder: string, manifest: Manifest): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch((cause) => {
    throw drillFailed(
      `BACKUP_SCRATCH_FOLDER=${folder}: ${(cause as NodeJS.ErrnoException).code}`,
      "Name a folder that is there and may be written to.",
      cause,
    );
  });
  const [free, needed] = [bavail * bsize, neededBytes(manifest)];
  if (free < needed)
    throw drillFailed(
      `${bytesText(free)} are free in ${folder}, restoring ${manifest.id} needs ${bytesText(Math.round(needed))}`,
      "Give BACKUP_SCRATCH_FOLDER a larger disk.",
    );
}
