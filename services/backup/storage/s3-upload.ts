import { createHash, randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type PendingObject, StoreError } from "./object-store.ts";
import { partBytes } from "./part-size.ts";
import { type Ask, asking, patience } from "./s3-calls.ts";
import type { LockHeaders } from "./s3-lock.ts";

/** Key of an object's metadata that says which writer wrote it. */
export const writerKey = "golive-writer";

/** Parts on their way at once, while one more fills: enough to keep a link busy, few enough for a small job's memory. */
const parallel = 2;

/** Every store takes as many parts as this. */
const fewestParts = 99;

export interface UploadOptions {
  readonly bucket: string;
  readonly key: string;
  readonly firstPartBytes: number;
  readonly maxParts: number;
  readonly lock: LockHeaders | undefined;
  readonly signal: AbortSignal;
  readonly pace?: number;
}

/**
 * A multipart upload under our own control: the SDK's helper completes whatever stream ends, has parts of one size, and
 * holds more of them than a small job has memory for. Here each part is tried again from its buffer, and the buffers
 * are reused.
 */
export async function openUpload(client: S3Client, options: UploadOptions): Promise<PendingObject> {
  const { key: Key, bucket: Bucket, signal, firstPartBytes, maxParts } = options;
  const ask = asking(client, signal, options.pace);
  const writer = randomUUID();
  const begin = {
    Bucket,
    Key,
    ChecksumAlgorithm: "SHA256",
    Metadata: { [writerKey]: writer },
    ...options.lock,
  } as const;
  const { UploadId } = await ask(`begin ${Key}`, (stop) => client.send(new CreateMultipartUploadCommand(begin), stop));
  const upload = { Bucket, Key, UploadId };
  const parts: CompletedPart[] = [];
  const onTheWay = new Set<Promise<void>>();
  const spare: Buffer[] = [];
  let begun = 0;
  let filling: Buffer = Buffer.allocUnsafe(partBytes(1, firstPartBytes, maxParts));
  let filled = 0;
  let bytes = 0;
  let failure: unknown;

  const send = async (PartNumber: number, body: Buffer): Promise<void> => {
    const ChecksumSHA256 = createHash("sha256").update(body).digest("base64");
    const part = { ...upload, PartNumber, Body: body, ChecksumSHA256 };
    const what = `part ${PartNumber} of ${Key}`;
    const { ETag } = await ask(
      what,
      (stop) => client.send(new UploadPartCommand(part), stop),
      patience.part(body.length),
    ).catch((error: StoreError) => {
      if (error.fault !== "failed" || PartNumber <= fewestParts) throw error;
      const advice = `if it takes no more parts than that, set S3_MAX_PARTS=${PartNumber - 1}`;
      throw new StoreError("failed", `${error.message}; ${advice}`, { cause: error });
    });
    if (ETag === undefined) throw new StoreError("failed", `${what}: no ETag in the answer`);
    parts[PartNumber - 1] = { PartNumber, ETag, ChecksumSHA256 };
  };

  /** Sends what is filled, once there is room on the way; the failure of any part ends the upload. */
  const handOver = async (): Promise<void> => {
    while (onTheWay.size >= parallel) await Promise.race(onTheWay);
    if (failure !== undefined) throw failure;
    begun += 1;
    if (begun > maxParts) throw new StoreError("failed", `${Key} needs more than ${maxParts} parts`);
    const body = filling;
    const sending: Promise<void> = send(begun, body.subarray(0, filled))
      .then(
        () => void spare.push(body),
        (error: unknown) => {
          failure ??= error;
        },
      )
      .finally(() => onTheWay.delete(sending));
    onTheWay.add(sending);
    const next = partBytes(begun + 1, firstPartBytes, maxParts);
    // Buffers of a size that is over are dropped when they come back.
    filling = spare.splice(0).find(({ length }) => length === next) ?? Buffer.allocUnsafe(next);
    filled = 0;
  };

  return {
    async write(chunk) {
      signal.throwIfAborted();
      bytes += chunk.length;
      for (let from = 0; from < chunk.length; ) {
        const copied = chunk.copy(filling, filled, from);
        from += copied;
        filled += copied;
        if (filled === filling.length) await handOver();
      }
    },
    async commit() {
      if (filled > 0 || bytes === 0) await handOver();
      await Promise.all(onTheWay);
      if (failure !== undefined) throw failure;
      const finish = { ...upload, IfNoneMatch: "*", MultipartUpload: { Parts: parts } };
      await ask(
        `finish ${Key}`,
        async (stop) => {
          try {
            const made = await client.send(new CompleteMultipartUploadCommand(finish), stop);
            // An error can come as a success, 200, and then in a form that the SDK takes for an answer without content.
            if (!made.ETag && !made.Key && !made.Location)
              throw Object.assign(new Error("an answer without a result"), { name: "InternalError" });
          } catch (error) {
            // A reply that got lost, or a second answer that says "exists" although the first was a success.
            if (!(await isOurs(client, { Bucket, Key }, writer, stop.abortSignal))) throw error;
          }
        },
        patience.finish,
      );
      await confirm(client, ask, { Bucket, Key }, { writer, bytes });
    },
    async abort() {
      await Promise.all(onTheWay);
      // Not tied to the signal: an interrupted run is the very one that must clean up.
      const cleaning = asking(client, AbortSignal.timeout(30_000), options.pace);
      await cleaning(`give up ${Key}`, async (stop) => {
        await client.send(new AbortMultipartUploadCommand(upload), stop).catch((error: unknown) => {
          // Nothing to give up: the store knows no such upload any more.
          if ((error as Error).name !== "NoSuchUpload") throw error;
        });
      });
    },
  };
}

/** Looks at what the store says it has made: an answer of success alone is not believed. */
async function confirm(
  client: S3Client,
  ask: Ask,
  object: { Bucket: string; Key: string },
  expected: { writer: string; bytes: number },
): Promise<void> {
  const head = await ask(`confirm ${object.Key}`, (stop) => client.send(new HeadObjectCommand(object), stop));
  if (head.Metadata?.[writerKey] !== expected.writer)
    throw new StoreError("exists", `${object.Key} exists, written by another`);
  if (head.ContentLength !== expected.bytes)
    throw new StoreError("failed", `${object.Key} has ${head.ContentLength} bytes, ${expected.bytes} were sent`);
}

/** True when the object is there and written by this writer. */
export async function isOurs(
  client: S3Client,
  object: { Bucket: string; Key: string },
  writer: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return false;
  const head = await client.send(new HeadObjectCommand(object), { abortSignal: signal }).catch(() => undefined);
  return head?.Metadata?.[writerKey] === writer;
}
