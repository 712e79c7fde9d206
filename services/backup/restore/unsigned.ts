import { generateKeyPairSync } from "node:crypto";
import { type Complete, type Entry, readCatalogue, type Selection } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { manifestType, readManifest } from "../catalogue/manifest.ts";
import { peek, seal } from "../signing/envelope.ts";
import { keyId } from "../signing/keys.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/**
 * The catalogue with the untrusted backups taken for whole ones: for the day when the signing key is lost and the data is not. What
 * their manifests say is checked in every way but the signature, and proves nothing about who wrote it.
 */
export async function readUnsigned(store: ObjectStore, selection: Selection): Promise<Entry[]> {
  const entries = await readCatalogue(store, selection);
  return Promise.all(entries.map((entry) => (entry.state === "untrusted" ? believed(store, entry) : entry)));
}

async function believed(store: ObjectStore, entry: Extract<Entry, { state: "untrusted" }>): Promise<Entry> {
  const chunks: Buffer[] = [];
  for await (const chunk of await store.read(keyOf(entry, "manifest"))) chunks.push(chunk as Buffer);
  const sealed = Buffer.concat(chunks);
  // Signed anew with a key of this moment, so that the one reader of manifests reads it with all its checks.
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const id = keyId(publicKey);
  const read = readManifest(
    seal(manifestType, peek(sealed) ?? sealed, { key: privateKey, id }),
    new Map([[id, publicKey]]),
  );
  if ("problem" in read) return { ...entry, problem: `${entry.problem}; and ${read.problem}` };
  const { manifest } = read;
  if (manifest.id !== entry.id || manifest.database !== entry.database || manifest.dump.key !== keyOf(entry, "dump"))
    return { ...entry, state: "damaged", problem: `its manifest is that of ${manifest.database} ${manifest.id}` };
  const { problem: _, ...rest } = entry;
  return { ...rest, state: "complete", manifest } satisfies Complete;
}
