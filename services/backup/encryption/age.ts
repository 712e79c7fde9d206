import { hkdfSync, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Decrypter, Encrypter } from "age-encryption";
import { keyBytes, nonceBytes, opened, sealed } from "./age-payload.ts";

/** Media of the age format (https://age-encryption.org/v1); files open with the `age` command too. */
export const encryptionFormat = "age";

/** Key of the payload from the file's key and the nonce before the payload, as the format has it. */
const payloadKey = (fileKey: Uint8Array, nonce: Uint8Array): Buffer =>
  Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", keyBytes));

/** The header's last line begins so, and a MAC follows. */
const lastLine = "\n--- ";
/** More than a header with dozens of post-quantum recipients needs; what has none by then is no age file. */
const longestHeader = 1024 ** 2;

/**
 * Encrypts a stream to every recipient (`age1…`): any one of their identities opens it. An error of `plain` ends the result with
 * that error; the result is never a shorter file that looks whole, because age marks its last chunk.
 *
 * Header and keys are the library's work. The payload is not: its ChaCha20 in JavaScript would be the slowest part of a backup,
 * and Node's own does the same at a tenth of the time.
 */
export async function encrypting(recipients: readonly string[], plain: Readable): Promise<Readable> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey: Uint8Array | undefined;
  // A recipient of the library's own interface that adds no line to the header, and is told the key of the file.
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  if (fileKey === undefined) throw new Error("age-encryption asked no recipient for the key of the file");
  const header = Buffer.from(empty.subarray(0, headerEnd(Buffer.from(empty))));
  // A nonce of our own: the library has used up its own on the empty payload.
  const nonce = randomBytes(nonceBytes);
  return closing(plain, sealed(payloadKey(fileKey, nonce), plain, Buffer.concat([header, nonce])));
}

/**
 * Decrypts a stream with whichever identity (`AGE-SECRET-KEY-…`) fits. Rejects when none does; a file that was changed or cut ends
 * the result with an error, after the chunks before the fault.
 */
export async function decrypting(identities: readonly string[], cipher: Readable): Promise<Readable> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const source = cipher[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    let head: Buffer = Buffer.alloc(0);
    let end: number | undefined;
    while (end === undefined || head.length < end + nonceBytes) {
      const { value, done } = await source.next();
      if (done) throw new Error("it ends within its header");
      head = head.length === 0 ? Buffer.from(value) : Buffer.concat([head, value]);
      end ??= headerEnd(head);
      if (end === undefined && head.length > longestHeader) throw new Error("it has no header of the age format");
    }
    const fileKey = await decrypter.decryptHeader(head.subarray(0, end));
    const key = payloadKey(fileKey, head.subarray(end, end + nonceBytes));
    return closing(cipher, opened(key, source, head.subarray(end + nonceBytes)));
  } catch (error) {
    // Without this the source would stay open: nobody reads it any more.
    cipher.destroy();
    throw error;
  }
}

/** A stream of `chunks` that takes its source with it when its reader leaves early. */
function closing(source: Readable, chunks: AsyncGenerator<Buffer>): Readable {
  // The source says that it was aborted; there is nobody left to hear it.
  return Readable.from(chunks, { objectMode: false }).once("close", () =>
    source.once("error", () => undefined).destroy(),
  );
}

/** Where the header ends, once it is all there. */
function headerEnd(bytes: Buffer): number | undefined {
  const last = bytes.indexOf(lastLine, 0, "latin1");
  const end = last < 0 ? -1 : bytes.indexOf("\n", last + lastLine.length, "latin1");
  return end < 0 ? undefined : end + 1;
}
