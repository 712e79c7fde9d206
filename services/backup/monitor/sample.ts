import { createHash } from "node:crypto";
import type { Complete } from "../catalogue/catalogue.ts";
import type { Limits } from "../config/monitor.ts";
import { bytesText } from "../format.ts";
import { type ObjectStore, StoreError } from "../storage/object-store.ts";
import type { Sample } from "./facts.ts";

/**
 * Reads the newest backups as they are stored, as many as the limit of bytes allows: those that would be restored tonight. All others,
 * and what is larger, are read by `verify`. Throws when the store does not answer.
 */
export async function sampleBackups(
  store: ObjectStore,
  newest: readonly Complete[],
  { sampleBytes }: Pick<Limits, "sampleBytes">,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  let left = sampleBytes;
  for (const backup of newest) {
    const { bytes } = backup.manifest.dump;
    if (bytes > left) continue;
    left -= bytes;
    samples.push(await sampleBackup(store, backup));
  }
  return samples;
}

/** Compares size and checksum; needs no key. */
async function sampleBackup(store: ObjectStore, { database, id, manifest }: Complete): Promise<Sample> {
  const { key, bytes, sha256 } = manifest.dump;
  const sample = { database, id, bytes };
  const hash = createHash("sha256");
  let read = 0;
  try {
    for await (const chunk of await store.read(key)) {
      hash.update(chunk as Buffer);
      read += (chunk as Buffer).length;
      // What does not end is not read to its end.
      if (read > bytes) break;
    }
  } catch (error) {
    if (error instanceof StoreError && error.fault === "not-found") return { ...sample, damage: "its dump is gone" };
    throw error;
  }
  if (read !== bytes)
    return {
      ...sample,
      damage: `its dump has ${read > bytes ? "more than " : ""}${bytesText(Math.min(read, bytes))}, its manifest says ${bytesText(bytes)}`,
    };
  return {
    ...sample,
    damage: hash.digest("hex") === sha256 ? undefined : "the checksum of its dump is not that of its manifest",
  };
}
