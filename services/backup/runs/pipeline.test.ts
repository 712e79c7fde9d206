import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { Decrypter } from "age-encryption";
import { expect, test } from "vitest";
import { testKeys } from "../testing/test-world.ts";
import { sealInto } from "./pipeline.ts";

const { recipients, identities } = testKeys();
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test.each([
  [1, 1],
  [1024 ** 2, 65_536],
  [1024 ** 2 + 1, 8192],
  [5_300_000, 3_000_001],
])("%i bytes in pieces of %i: both sums fit, and other programs open what is stored", async (length, size) => {
  const plain = Buffer.concat([randomBytes(Math.ceil(length / 2)), Buffer.alloc(Math.floor(length / 2), "rows ")]);
  const written: Buffer[] = [];
  const facts = await sealInto(pieces(plain, size), recipients, async (chunk) => {
    written.push(Buffer.from(chunk));
  });
  const stored = Buffer.concat(written);
  expect(facts).toEqual({
    bytes: stored.length,
    sha256: sha256(stored),
    plain: { bytes: plain.length, sha256: sha256(plain) },
  });
  const decrypter = new Decrypter();
  decrypter.addIdentity(identities[1] as string);
  expect(zstdDecompressSync(await decrypter.decrypt(stored)).equals(plain)).toBe(true);
});

test.each([0, 10, 3_000_000])("an error of the source after %i bytes comes out as it is", async (bytes) => {
  async function* failing(): AsyncGenerator<Buffer> {
    if (bytes > 0) yield randomBytes(bytes);
    throw new Error("pg_dump died");
  }
  await expect(sealInto(failing(), recipients, async () => undefined)).rejects.toThrow("pg_dump died");
});

test("an error of the store ends the source", async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield randomBytes(500_000);
    } finally {
      ended = true;
    }
  }
  const failed = sealInto(endless(), recipients, async () => {
    throw new Error("the store is full");
  });
  await expect(failed).rejects.toThrow("the store is full");
  for (const limit = Date.now() + 10_000; !ended && Date.now() < limit; ) await delay(10);
  expect(ended).toBe(true);
});

test("a slow store slows the source down: what is read and not yet written stays small", async () => {
  let [read, written, most] = [0, 0, 0];
  // Random bytes do not shrink, so the two counts can be compared.
  async function* source(): AsyncGenerator<Buffer> {
    for (let at = 0; at < 400; at++) {
      read += 65_536;
      yield randomBytes(65_536);
    }
  }
  await sealInto(source(), recipients, async (chunk) => {
    await delay(5);
    written += chunk.length;
    most = Math.max(most, read - written);
  });
  expect(read).toBe(400 * 65_536);
  expect(most).toBeLessThan(10_000_000);
});
