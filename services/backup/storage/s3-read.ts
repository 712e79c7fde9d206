import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { StoreError } from "./object-store.ts";
import { type Ask, patience, waitMilliseconds } from "./s3-calls.ts";
import { mayPass, storeError } from "./s3-errors.ts";

/** Seconds without a byte that end one connection; the reader goes on with another from where it was. */
const silenceSeconds = 60;

/** Bytes a second below which an answer counts as silence: a gigabyte would take 18 hours, and no job has so long. */
const slowest = 16 * 1024;

/** The first answer of a read: what follows must be of the same object. */
interface Opened {
  readonly body: Readable;
  readonly bytes: number | undefined;
  readonly etag: string | undefined;
}

/**
 * An object as a stream. A connection that breaks, falls silent or drips is replaced by one that asks for the rest, as long as
 * enough comes in between: restores of large backups outlive more than one connection. The end of the stream is the end
 * of the object: fewer bytes than announced are a failure.
 */
export async function readObject(
  client: S3Client,
  ask: Ask,
  object: { readonly Bucket: string; readonly Key: string },
  signal: AbortSignal,
  pace = 1,
): Promise<Readable> {
  const what = `read ${object.Key}`;
  const open = (from: number, etag?: string): Promise<Opened> =>
    ask(what, async (stop) => {
      const rest = from === 0 ? {} : { Range: `bytes=${from}-`, IfMatch: etag };
      const got = await client.send(new GetObjectCommand({ ...object, ...rest }), stop);
      if (got.Body === undefined) throw new StoreError("failed", `${what}: an answer without a body`);
      if (from > 0 && !got.ContentRange?.startsWith(`bytes ${from}-`))
        throw new StoreError("failed", `${what}: the store does not give the rest of an object`);
      const bytes = got.ContentLength === undefined ? undefined : from + got.ContentLength;
      return { body: got.Body as Readable, bytes, etag: got.ETag };
    });

  const first = await open(0);
  return Readable.from(whole(), { objectMode: false });

  async function* whole(): AsyncGenerator<Buffer> {
    const fair = slowest * silenceSeconds * pace;
    let at = 0;
    let failures = 0;
    let since = 0;
    for (let { body } = first; ; { body } = await open(at, first.etag)) {
      try {
        for await (const chunk of chunksOf(body, silenceSeconds * pace, signal)) {
          at += chunk.length;
          since += chunk.length;
          // A few bytes do not make up for a failure: a store that drips would be asked for ever.
          if (since >= fair) failures = 0;
          yield chunk;
        }
        if (first.bytes === undefined || at >= first.bytes) return;
        throw Object.assign(new Error(`${at} of ${first.bytes} bytes came`), { code: "ECONNRESET" });
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        since = 0;
        if (!mayPass(error) || failures >= patience.part(0).tries) throw storeError(error, what);
      } finally {
        // Also when the reader has had enough: nobody else would end the connection.
        body.destroy();
      }
      await delay(waitMilliseconds(failures) * pace, undefined, { signal });
    }
  }
}

/** The chunks of a body. Only the time in which a chunk is waited for counts as silence, not the reader's own work. */
async function* chunksOf(body: Readable, silence: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const stop = (): void => void body.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  let [waited, bytes] = [0, 0];
  try {
    for (;;) {
      const asked = performance.now();
      const timer = setTimeout(() => {
        body.destroy(Object.assign(new Error(`nothing came for ${silence} s`), { code: "ETIMEDOUT" }));
      }, silence * 1000);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      waited += performance.now() - asked;
      bytes += next.value.length;
      if (waited >= silence * 1000) {
        if (bytes < slowest * silence)
          throw Object.assign(new Error(`${bytes} bytes came in ${silence} s`), { code: "ETIMEDOUT" });
        [waited, bytes] = [0, 0];
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
