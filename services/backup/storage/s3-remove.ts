import { DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { StoreError } from "./object-store.ts";
import type { Ask } from "./s3-calls.ts";
import { listVersions, type Version } from "./s3-list.ts";
import { lockOf } from "./s3-lock.ts";

/**
 * Removes an object with all that the store keeps of it. Delete markers go last: as long as a lock keeps a version, what
 * hides it stays as it was.
 */
export async function removeObject(
  client: S3Client,
  ask: Ask,
  Bucket: string,
  key: string,
  now: () => Promise<Date>,
): Promise<"removed" | "retained"> {
  const versions: Version[] = [];
  for await (const version of listVersions(client, ask, Bucket, key)) versions.push(version);
  let retained = false;
  for (const { id, isMarker } of versions.sort((a, b) => Number(a.isMarker) - Number(b.isMarker))) {
    if (isMarker && retained) break;
    const object = { Bucket, Key: key, VersionId: id };
    try {
      await ask(`remove ${key}`, (stop) => client.send(new DeleteObjectCommand(object), stop));
    } catch (error) {
      if (error instanceof StoreError && error.fault === "not-found") continue;
      // Stores call it "denied" as well when a lock refuses: the lock itself tells which of the two it was.
      if (!speaksOfLock(error)) {
        const until = await lockOf(client, ask, object).catch(() => undefined);
        if (until === undefined || until <= (await now())) throw error;
      }
      retained = true;
    }
  }
  return retained ? "retained" : "removed";
}

/** In the words of AWS ("object protected by object lock") and versitygw ("Object is WORM protected"). */
const speaksOfLock = (error: unknown): boolean =>
  error instanceof StoreError && /object lock|WORM protected/i.test(error.message);
