import { addAbortSignal, pipeline, Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { FileFacts } from "../catalogue/manifest.ts";
import { decrypting } from "../encryption/age.ts";
import { ByteProgress, type Report } from "../progress.ts";
import { type ObjectStore, StoreError } from "../storage/object-store.ts";
import { Meter } from "./pipeline.ts";

export interface OpenWorld {
  readonly store: ObjectStore;
  /** age identities; one that fits is enough. */
  readonly identities: readonly string[];
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** Pieces of a megabyte, and some of them ready: what reads, decompresses and hashes takes turns on threads of their own. */
const ahead = { chunkSize: 1024 ** 2, highWaterMark: 4 * 1024 ** 2 } as const;

/**
 * The plain bytes of a file of a backup: fetched, decrypted, decompressed. The stream ends with an error when one sum, of what
 * was stored or of what pg_dump wrote, is not the manifest's: only its end says that what came before is right. It never gives more bytes than the manifest says.
 *
 * @throws BACKUP_UNDECRYPTABLE when no identity fits, BACKUP_DAMAGED when the bytes are not those that were written, StoreError when
 * they cannot be fetched.
 */
export async function openFile(world: OpenWorld, file: FileFacts): Promise<Readable> {
  const { store, identities, signal, report } = world;
  signal.throwIfAborted();
  const stored = new Meter();
  const source = Readable.from(fetched(await store.read(file.key), file, stored, report), { objectMode: false });
  let cipher: Readable;
  try {
    cipher = await decrypting(identities, source);
  } catch (error) {
    throw asFault(error, file);
  }
  const plain = pipeline(cipher, createZstdDecompress(ahead), () => undefined);
  const result = Readable.from(checked(plain, stored, file), { objectMode: false, highWaterMark: ahead.highWaterMark });
  return addAbortSignal(signal, result);
}

/** Every stored byte, with an error of the connection told apart from a fault of the bytes. */
async function* fetched(source: Readable, file: FileFacts, meter: Meter, report: Report): AsyncGenerator<Buffer> {
  using progress = new ByteProgress(report, "fetch");
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      meter.add(chunk);
      progress.add(chunk.length);
      if (meter.bytes > file.bytes) throw damaged(file, `it is longer than the ${file.bytes} bytes of the manifest`);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof GoliveError || cause instanceof StoreError) throw cause;
    throw new StoreError("unreachable", `reading ${file.key} broke off after ${meter.bytes} bytes`, { cause });
  }
}

async function* checked(source: Readable, stored: Meter, file: FileFacts): AsyncGenerator<Buffer> {
  const plain = new Meter();
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      plain.add(chunk);
      if (plain.bytes > file.plain.bytes)
        throw damaged(file, `it holds more than the ${file.plain.bytes} bytes of the manifest`);
      yield chunk;
    }
  } catch (error) {
    throw asFault(error, file);
  }
  for (const [what, seen, said] of [
    ["stored", stored.sums(), file],
    ["plain", plain.sums(), file.plain],
  ] as const)
    if (seen.bytes !== said.bytes || seen.sha256 !== said.sha256)
      throw damaged(
        file,
        `${seen.bytes} ${what} bytes with SHA-256 ${seen.sha256}, the manifest says ${said.bytes} with ${said.sha256}`,
      );
}

function asFault(error: unknown, file: FileFacts): unknown {
  if (error instanceof GoliveError || error instanceof StoreError) return error;
  const cause = error as Error & { code?: string };
  // An abort, or a reader who left.
  if (cause.name === "AbortError" || cause.code === "ERR_STREAM_PREMATURE_CLOSE") return cause;
  if (/no identity matched/.test(cause.message))
    return new GoliveError(
      "BACKUP_UNDECRYPTABLE",
      `none of the given identities opens ${file.key}`,
      "Set BACKUP_IDENTITY_FILE to the identity of one of the recipients that the manifest names: operations or escrow.",
      { cause },
    );
  return damaged(file, cause.message, cause);
}

function damaged(file: FileFacts, why: string, cause?: Error): GoliveError {
  return new GoliveError(
    "BACKUP_DAMAGED",
    `${file.key} is damaged: ${why}`,
    "Use another backup, or an older version of this object if the bucket keeps versions.",
    { cause },
  );
}
