import { createCipheriv, createDecipheriv } from "node:crypto";

/**
 * The payload of an age file: STREAM over ChaCha20-Poly1305 in chunks of 64 KiB (https://age-encryption.org/v1, "Payload").
 * A chunk's nonce is its number and a flag for the last one, so that no chunk can be moved, dropped or added unseen.
 */
const algorithm = "chacha20-poly1305";
const chunkBytes = 64 * 1024;
const tagBytes = 16;
export const keyBytes = 32;
/** Of the nonce that stands before the payload. */
export const nonceBytes = 16;

/** `head`, then the encrypted chunks of `plain`. */
export async function* sealed(key: Buffer, plain: AsyncIterable<Buffer>, head: Buffer): AsyncGenerator<Buffer> {
  const chunks = new Chunks(chunkBytes);
  let number = 0;
  yield head;
  for await (const data of plain) {
    chunks.add(data);
    const full = chunks.takeFull();
    if (full.length > 0) yield Buffer.concat(full.flatMap((chunk) => seal(key, number++, false, chunk)));
  }
  yield Buffer.concat(seal(key, number, true, chunks.rest()));
}

/** The plain bytes of `head` and everything that `source` still has. Ends with an error where a chunk is not as it was written. */
export async function* opened(key: Buffer, source: AsyncIterator<Buffer>, head: Buffer): AsyncGenerator<Buffer> {
  const chunks = new Chunks(chunkBytes + tagBytes);
  let number = 0;
  chunks.add(head);
  for (;;) {
    const full = chunks.takeFull();
    if (full.length > 0) yield Buffer.concat(full.map((chunk) => unseal(key, number++, false, chunk)));
    const { value, done } = await source.next();
    if (done) break;
    chunks.add(value);
  }
  const last = unseal(key, number, true, chunks.rest());
  if (last.length === 0 && number > 0) throw new Error("its last chunk is empty");
  if (last.length > 0) yield last;
}

function seal(key: Buffer, number: number, last: boolean, plain: Buffer): Buffer[] {
  const cipher = createCipheriv(algorithm, key, nonce(number, last), { authTagLength: tagBytes });
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
}

function unseal(key: Buffer, number: number, last: boolean, chunk: Buffer): Buffer {
  const wrong = (cause?: unknown) =>
    new Error(`chunk ${number + 1} is not as it was encrypted: changed, cut or moved`, { cause });
  if (chunk.length < tagBytes) throw wrong();
  const decipher = createDecipheriv(algorithm, key, nonce(number, last), { authTagLength: tagBytes });
  decipher.setAuthTag(chunk.subarray(chunk.length - tagBytes));
  try {
    const plain = decipher.update(chunk.subarray(0, chunk.length - tagBytes));
    decipher.final();
    return plain;
  } catch (cause) {
    throw wrong(cause);
  }
}

/** Eleven bytes of the chunk's number, highest first, and one that says whether it is the last. */
function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(number), 3);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

/** Cuts a stream into pieces of one size. The last piece is held back until it is known to be the last. */
class Chunks {
  readonly #size: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(data: Buffer): void {
    if (data.length === 0) return;
    this.#parts.push(data);
    this.#bytes += data.length;
  }

  /** Every piece that is certainly followed by another byte. */
  takeFull(): Buffer[] {
    if (this.#bytes <= this.#size) return [];
    const all = this.rest();
    const full: Buffer[] = [];
    let at = 0;
    for (; all.length - at > this.#size; at += this.#size) full.push(all.subarray(at, at + this.#size));
    this.add(all.subarray(at));
    return full;
  }

  rest(): Buffer {
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    return all;
  }
}
