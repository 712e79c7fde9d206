import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { generateX25519Identity } from "age-encryption";
import { expect, test } from "vitest";
import type { FileFacts } from "../catalogue/manifest.ts";
import { StoreError } from "../storage/object-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { testKeys } from "../testing/test-world.ts";
import { openFile } from "./open-dump.ts";
import { sealInto } from "./pipeline.ts";

const { recipients, identities } = testKeys();
const key = "postgres/app/x/database.dump.zst.age";
const world = (store: MemoryStore, keys = identities) => ({
  store,
  identities: keys,
  signal: new AbortController().signal,
  report: () => undefined,
});

async function stored(plain: Buffer): Promise<{ store: MemoryStore; file: FileFacts }> {
  const store = new MemoryStore();
  const pending = await store.open(key);
  const facts = await sealInto(Readable.from([plain]), recipients, pending.write);
  await pending.commit();
  return { store, file: { key, ...facts } };
}
const read = async (store: MemoryStore, file: FileFacts, keys = identities): Promise<Buffer> =>
  buffer(await openFile(world(store, keys), file));

test.each([1, 70_000, 5_000_000])("%i bytes come back as they were", async (length) => {
  const plain = Buffer.concat([randomBytes(Math.ceil(length / 2)), Buffer.alloc(Math.floor(length / 2))]);
  const { store, file } = await stored(plain);
  expect(file.plain.bytes).toBe(length);
  expect((await read(store, file)).equals(plain)).toBe(true);
  expect((await read(store, file, [identities[1] as string])).equals(plain)).toBe(true);
});

test("an identity that fits nothing is told apart from damage", async () => {
  const { store, file } = await stored(randomBytes(1000));
  await expect(read(store, file, [await generateX25519Identity()])).rejects.toMatchObject({
    code: "BACKUP_UNDECRYPTABLE",
  });
});

test.each([
  ["a bit turned in the middle", (body: Buffer) => body.with(body.length >> 1, (body[body.length >> 1] as number) ^ 1)],
  ["a bit turned at the end", (body: Buffer) => body.with(body.length - 1, (body.at(-1) as number) ^ 1)],
  ["the last byte cut off", (body: Buffer) => body.subarray(0, -1)],
  ["cut to its header", (body: Buffer) => body.subarray(0, 200)],
  ["nothing at all", () => Buffer.alloc(0)],
  ["bytes added", (body: Buffer) => Buffer.concat([body, Buffer.from("more")])],
  ["something else", () => Buffer.from("PGDMP and not age at all")],
])("%s is damage", async (_what, change) => {
  const { store, file } = await stored(randomBytes(300_000));
  store.objects.set(key, Buffer.from(change(Buffer.from(store.objects.get(key) as Buffer))));
  await expect(read(store, file)).rejects.toMatchObject({
    code: "BACKUP_DAMAGED",
    message: expect.stringContaining(key),
  });
});

test("another file that decrypts well is damage: it is not the one that was signed for", async () => {
  const { file } = await stored(randomBytes(3000));
  const { store } = await stored(randomBytes(3000));
  await expect(read(store, file)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
});

test("a bomb gives no more bytes than the manifest says", async () => {
  const { store, file } = await stored(Buffer.alloc(50_000_000));
  const stream = await openFile(world(store), { ...file, plain: { ...file.plain, bytes: 1_000_000 } });
  let bytes = 0;
  await expect(
    (async () => {
      for await (const chunk of stream) bytes += (chunk as Buffer).length;
    })(),
  ).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  expect(bytes).toBeLessThanOrEqual(1_000_000);
});

test("a store that breaks off is not damage", async () => {
  const { store, file } = await stored(randomBytes(300_000));
  const body = store.objects.get(key) as Buffer;
  store.read = async () =>
    Readable.from(
      (async function* () {
        yield body.subarray(0, 100_000);
        throw new Error("socket hang up");
      })(),
    );
  await expect(read(store, file)).rejects.toBeInstanceOf(StoreError);
  store.read = async () => {
    throw new StoreError("not-found", "no such object");
  };
  await expect(read(store, file)).rejects.toMatchObject({ fault: "not-found" });
});

test("an abort ends the stream and its source", async () => {
  const { store, file } = await stored(randomBytes(5_000_000));
  const stop = new AbortController();
  const stream = await openFile({ ...world(store), signal: stop.signal }, file);
  await expect(
    (async () => {
      for await (const _ of stream) stop.abort();
    })(),
  ).rejects.toThrow(/abort/i);
});
