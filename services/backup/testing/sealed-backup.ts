import { keyOf } from "../catalogue/keys.ts";
import { type FileFacts, type Manifest, writeManifest } from "../catalogue/manifest.ts";
import { sealInto } from "../runs/pipeline.ts";
import { type BackupSketch, manifestOf } from "./backups.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { TestKeys } from "./test-world.ts";

/** Puts a backup into a store whose files really open: compressed, encrypted and signed as a run leaves them. */
export async function putSealed(
  store: MemoryStore,
  keys: Pick<TestKeys, "recipients" | "signer">,
  sketch: BackupSketch & { readonly plain?: Buffer },
): Promise<Manifest> {
  const name = manifestOf(sketch);
  const put = async (kind: "dump" | "globals" | "manifest", body: Buffer): Promise<string> => {
    const key = keyOf(name, kind);
    await store.putNew(key, body);
    store.modified.set(key, sketch.at);
    return key;
  };
  const file = async (kind: "dump" | "globals", plain: Buffer): Promise<FileFacts> => {
    const chunks: Buffer[] = [];
    const facts = await sealInto(once(plain), keys.recipients, async (chunk) => {
      chunks.push(Buffer.from(chunk));
    });
    return { key: await put(kind, Buffer.concat(chunks)), ...facts };
  };
  const manifest: Manifest = {
    ...name,
    dump: await file("dump", sketch.plain ?? Buffer.from(`PGDMP of ${name.id}`)),
    globals: await file("globals", Buffer.from("create role app;\n")),
  };
  await put("manifest", writeManifest(manifest, keys.signer));
  return manifest;
}

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}
