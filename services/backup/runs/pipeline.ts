import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import { constants, createZstdCompress } from "node:zlib";
import type { FileFacts } from "../catalogue/manifest.ts";
import { encrypting } from "../encryption/age.ts";

/** Level 1: as fast as pg_dump writes, and smaller than gzip's default. */
const level = 1;
/** A trip to the compressor's thread costs as much for 64 KiB, which is what a pipe gives, as for this. */
const batchBytes = 1024 ** 2;

/**
 * The way of every file of a backup: compressed, encrypted, and both sums taken. `write` gets the bytes to store and slows the
 * source down when it is slow. Resolves when all of the source has been written; an error of the source comes out as it is.
 */
export async function sealInto(
  source: AsyncIterable<Buffer>,
  recipients: readonly string[],
  write: (chunk: Buffer) => Promise<void>,
): Promise<Omit<FileFacts, "key">> {
  const plain = new Meter();
  const stored = new Meter();
  const compressor = createZstdCompress({
    chunkSize: batchBytes,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  // Its reader hears of an error when it reads; one that comes before that must not end the process.
  compressor.on("error", () => undefined);
  const feeding = feed(source, compressor, plain).then(
    () => compressor.end(),
    // Whoever reads the compressor's output hears of it.
    (error: Error) => compressor.destroy(error),
  );
  const cipher = await encrypting(recipients, compressor);
  for await (const chunk of cipher as AsyncIterable<Buffer>) {
    stored.add(chunk);
    await write(chunk);
  }
  await feeding;
  return { ...stored.sums(), plain: plain.sums() };
}

/** Counts and hashes what passes. */
export class Meter {
  bytes = 0;
  readonly #hash = createHash("sha256");

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
  }

  /** Once, when all has passed. */
  sums(): { bytes: number; sha256: string } {
    return { bytes: this.bytes, sha256: this.#hash.digest("hex") };
  }
}

/**
 * One buffer fills while the compressor reads the other. Two that stay, because a new one for every megabyte costs the collector
 * as much time as hashing does.
 */
async function feed(source: AsyncIterable<Buffer>, compressor: Writable, meter: Meter): Promise<void> {
  let [filling, other] = [Buffer.allocUnsafeSlow(batchBytes), Buffer.allocUnsafeSlow(batchBytes)];
  let filled = 0;
  let reading: Promise<void> = Promise.resolve();
  const handOver = async (): Promise<void> => {
    await reading;
    const batch = filling.subarray(0, filled);
    reading = new Promise((resolve, reject) => {
      // A compressor that is destroyed at work never says what became of the write.
      const closed = () => reject(new Error("the compressor was closed"));
      compressor.once("close", closed);
      compressor.write(batch, (error) => {
        compressor.off("close", closed);
        if (error) reject(error);
        else resolve();
      });
    });
    // Awaited before the buffer is filled again; until then it is nobody's unhandled rejection.
    reading.catch(() => undefined);
    meter.add(batch);
    [filling, other] = [other, filling];
    filled = 0;
  };
  for await (const chunk of source)
    for (let from = 0; from < chunk.length; ) {
      const copied = chunk.copy(filling, filled, from);
      from += copied;
      filled += copied;
      if (filled === batchBytes) await handOver();
    }
  if (filled > 0) await handOver();
  await reading;
}
