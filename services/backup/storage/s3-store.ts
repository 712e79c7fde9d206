import { randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { StoreConfig } from "../config/store.ts";
import { type PrunableStore, StoreError } from "./object-store.ts";
import { asking } from "./s3-calls.ts";
import { dateOf } from "./s3-clock.ts";
import { listObjects, listUploads } from "./s3-list.ts";
import { lockOf, stamping } from "./s3-lock.ts";
import { readObject } from "./s3-read.ts";
import { removeObject } from "./s3-remove.ts";
import { isOurs, openUpload, writerKey } from "./s3-upload.ts";

/** The store in one bucket of S3 or of a server that speaks its language. `pace` multiplies every wait, for tests. */
export function s3Store(client: S3Client, config: StoreConfig, signal: AbortSignal, pace = 1): PrunableStore {
  const { bucket: Bucket, partBytes: firstPartBytes, maxParts } = config;
  const ask = asking(client, signal, pace);
  const stamp = config.endpoint === undefined ? async () => undefined : stamping(client, ask, Bucket);

  const head = async () => {
    const command = new HeadBucketCommand({ Bucket });
    const date = dateOf(command);
    await ask(`bucket ${Bucket}`, (stop) => client.send(command, stop)).catch((error: StoreError) => {
      // Of a bucket, the store says "not found" only; it has no body to say more.
      if (error.fault !== "not-found") throw error;
      throw new StoreError("no-bucket", `there is no bucket ${Bucket}`, { cause: error });
    });
    return date;
  };

  const clock = async () => new Date((await head())());

  return {
    name: `s3://${Bucket}`,

    async reach() {
      await head();
    },

    clock,

    open: async (key) =>
      openUpload(client, { bucket: Bucket, key, firstPartBytes, maxParts, signal, pace, lock: await stamp() }),

    async putNew(key, body) {
      const writer = randomUUID();
      const put = {
        Bucket,
        Key: key,
        Body: body,
        IfNoneMatch: "*",
        ChecksumAlgorithm: "SHA256",
        ContentType: "application/json",
        Metadata: { [writerKey]: writer },
        ...(await stamp()),
      } as const;
      await ask(`put ${key}`, async (stop) => {
        try {
          await client.send(new PutObjectCommand(put), stop);
        } catch (error) {
          if (!(await isOurs(client, { Bucket, Key: key }, writer, stop.abortSignal))) throw error;
        }
      });
    },

    async size(key) {
      try {
        const found = await ask(`look at ${key}`, (stop) =>
          client.send(new HeadObjectCommand({ Bucket, Key: key }), stop),
        );
        return found.ContentLength;
      } catch (error) {
        if (error instanceof StoreError && error.fault === "not-found") return undefined;
        throw error;
      }
    },

    read: (key) => readObject(client, ask, { Bucket, Key: key }, signal, pace),
    list: (prefix) => listObjects(client, ask, Bucket, prefix),

    async lockedUntil(key) {
      try {
        return await lockOf(client, ask, { Bucket, Key: key });
      } catch (error) {
        if (error instanceof StoreError && error.fault === "not-found") return undefined;
        throw error;
      }
    },

    remove: (key) => removeObject(client, ask, Bucket, key, clock),

    async *unfinished(prefix) {
      for await (const { key, id, begun } of listUploads(client, ask, Bucket, prefix))
        yield {
          key,
          begun,
          abort: () =>
            ask(`give up ${key}`, async (stop) => {
              const upload = { Bucket, Key: key, UploadId: id };
              await client.send(new AbortMultipartUploadCommand(upload), stop).catch((error: unknown) => {
                if ((error as Error).name !== "NoSuchUpload") throw error;
              });
            }),
        };
    },
  };
}
