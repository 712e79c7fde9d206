import {
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  type ObjectLockMode,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Ask } from "./s3-calls.ts";
import { dateOf } from "./s3-clock.ts";

export interface LockHeaders {
  readonly ObjectLockMode: ObjectLockMode;
  readonly ObjectLockRetainUntilDate: Date;
}

const day = 86_400_000;

/** A legal hold has no end. The last date that JavaScript knows. */
export const forever = new Date(8.64e15);

/**
 * What locks a new object of a store that is not AWS. There the bucket's default stamps each object; versitygw keeps
 * the default to itself and lets it end for all objects at once, so many days after the bucket got it. So we read the
 * bucket's default once and stamp the objects ourselves, by the store's own clock.
 */
export function stamping(client: S3Client, ask: Ask, Bucket: string): () => Promise<LockHeaders | undefined> {
  let rule: Promise<{ mode: ObjectLockMode; days: number; ahead: number } | undefined> | undefined;
  const read = () =>
    ask(`read the lock of ${Bucket}`, async (stop) => {
      const command = new GetObjectLockConfigurationCommand({ Bucket });
      const date = dateOf(command);
      const found = await client.send(command, stop);
      const { Mode: mode, Days, Years } = found.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
      const days = Days ?? (Years ?? 0) * 365;
      return mode && days > 0 ? { mode, days, ahead: date() - Date.now() } : undefined;
    }).catch((error: { cause?: Error }) => {
      // No lock, no right to see it, or a store without such a thing: then nothing is stamped.
      const harmless = ["ObjectLockConfigurationNotFoundError", "AccessDenied", "NotImplemented"];
      if (harmless.includes(error.cause?.name ?? "")) return undefined;
      rule = undefined;
      throw error;
    });
  return async () => {
    rule ??= read();
    const found = await rule;
    if (found === undefined) return undefined;
    const until = new Date(Date.now() + found.ahead + found.days * day);
    return { ObjectLockMode: found.mode, ObjectLockRetainUntilDate: until };
  };
}

/** Until when a version may not be deleted, as far as the store tells; undefined also when there is no such object. */
export async function lockOf(
  client: S3Client,
  ask: Ask,
  object: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string },
): Promise<Date | undefined> {
  const head = await ask(`look at the lock of ${object.Key}`, (stop) =>
    client.send(new HeadObjectCommand(object), stop),
  );
  if (head.ObjectLockLegalHoldStatus === "ON") return forever;
  return head.ObjectLockMode ? head.ObjectLockRetainUntilDate : undefined;
}
