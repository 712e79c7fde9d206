import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { Decrypter, Encrypter } from "age-encryption";
import { describe, expect, test } from "vitest";
import { testKeys } from "../testing/test-world.ts";
import { decrypting, encrypting } from "./age.ts";

const { recipients, identities } = testKeys();
const chunk = 64 * 1024;
/** A stream in pieces that fit no chunk of the format. */
const pieces = (bytes: Buffer, size = 10_007): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  );
const encrypted = async (plain: Buffer): Promise<Buffer> => buffer(await encrypting(recipients, pieces(plain)));
const decrypted = async (cipher: Buffer, keys = identities): Promise<Buffer> =>
  buffer(await decrypting(keys, pieces(cipher)));

describe.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 300_000])("a file of %i bytes", (length) => {
  const plain = randomBytes(length);

  test("is opened by each identity alone", async () => {
    const cipher = await encrypted(plain);
    for (const identity of identities) expect((await decrypted(cipher, [identity])).equals(plain)).toBe(true);
  });

  test("is opened by age-encryption itself", async () => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identities[1] as string);
    expect(Buffer.from(await decrypter.decrypt(await encrypted(plain))).equals(plain)).toBe(true);
  });

  test("that age-encryption made is opened", async () => {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    const cipher = Buffer.from(await encrypter.encrypt(new Uint8Array(plain)));
    expect((await decrypted(cipher)).equals(plain)).toBe(true);
  });
});

test("no two files have the same bytes, and none shows its plain text", async () => {
  const plain = Buffer.from("customer@example.com ".repeat(1000));
  const [one, two] = [await encrypted(plain), await encrypted(plain)];
  expect(one.equals(two)).toBe(false);
  expect(one.includes("customer@example.com")).toBe(false);
});

test("a foreign identity opens nothing", async () => {
  const { generateX25519Identity } = await import("age-encryption");
  await expect(decrypted(await encrypted(Buffer.from("a")), [await generateX25519Identity()])).rejects.toThrow(
    /no identity matched/,
  );
});

test("a bit turned anywhere, a cut or an addition is an error", async () => {
  const cipher = await encrypted(randomBytes(3 * chunk));
  for (const at of [40, 250, 400, cipher.length - chunk - 50, cipher.length - 1]) {
    const turned = Buffer.from(cipher);
    turned[at] = (turned[at] as number) ^ 1;
    await expect(decrypted(turned), `bit of byte ${at}`).rejects.toThrow();
  }
  for (const kept of [0, 30, 300, cipher.length - chunk - 16, cipher.length - 1])
    await expect(decrypted(cipher.subarray(0, kept)), `${kept} bytes`).rejects.toThrow();
  await expect(decrypted(Buffer.concat([cipher, Buffer.from("x")]))).rejects.toThrow();
});

test("chunks that change places are an error", async () => {
  const cipher = await encrypted(randomBytes(3 * chunk));
  const sealed = chunk + 16;
  const payload = cipher.length - 3 * sealed;
  const swapped = Buffer.concat([
    cipher.subarray(0, payload),
    cipher.subarray(payload + sealed, payload + 2 * sealed),
    cipher.subarray(payload, payload + sealed),
    cipher.subarray(payload + 2 * sealed),
  ]);
  await expect(decrypted(swapped)).rejects.toThrow(/chunk 1 /);
});

test("an error of the plain stream ends the encrypted one with that error", async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield randomBytes(2 * chunk);
    throw new Error("pg_dump died");
  }
  await expect(buffer(await encrypting(recipients, Readable.from(failing())))).rejects.toThrow("pg_dump died");
});

test("a reader who leaves closes the source", async () => {
  const source = pieces(randomBytes(10 * chunk));
  const cipher = await encrypting(recipients, source);
  const closed = new Promise((resolve) => source.once("close", resolve));
  for await (const _ of cipher) break;
  await closed;
  expect(source.destroyed).toBe(true);
});
