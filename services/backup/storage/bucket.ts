import { setTimeout as delay } from "node:timers/promises";
import {
  CreateBucketCommand,
  type DefaultRetention,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Accounts } from "../config/accounts.ts";
import type { LockConfig } from "../config/lock.ts";
import type { AccessKeys, StoreConfig } from "../config/store.ts";
import { bucketPolicy } from "./bucket-policy.ts";
import { ensureAccounts } from "./gateway-accounts.ts";
import type { StoreError } from "./object-store.ts";
import { type Ask, asking } from "./s3-calls.ts";
import { storeError } from "./s3-errors.ts";

export interface BucketReport {
  readonly bucket: string;
  readonly created: boolean;
  readonly versioning: "Enabled";
  readonly lock: LockConfig;
  /** What this call changed, in words; empty when everything was as it should be. */
  readonly changes: readonly string[];
  readonly notes: readonly string[];
}

export interface Wanted {
  readonly store: StoreConfig;
  readonly lock: LockConfig;
  /** Accounts with a part of the rights each; without them the bucket's policy stays as it is. */
  readonly accounts?: Accounts | undefined;
  /** Account of the database for its WAL, made beside them. */
  readonly archiver?: AccessKeys | undefined;
}

/**
 * Makes the bucket, or brings an existing one to versioning, Object Lock and the accounts that may use it. A lock is
 * made stronger, never weaker.
 */
export async function ensureBucket(
  client: S3Client,
  { store, lock, accounts, archiver }: Wanted,
  options: { waitSeconds: number; signal: AbortSignal; report: (line: string) => void },
): Promise<BucketReport> {
  const Bucket = store.bucket;
  const ask = asking(client, options.signal);
  const changes: string[] = [];
  const notes: string[] = [];
  const created = !(await untilAnswers(client, Bucket, options)) && (await create(client, ask, store));
  if (created) changes.push("bucket made, with Object Lock");
  if (await versioningOn(client, ask, Bucket)) changes.push("versioning on");

  const present = await presentLock(client, ask, Bucket);
  const isStronger = present !== undefined && strength(present) > strength(lock);
  if (isStronger) notes.push(`the lock in place, ${words(present)}, is stronger than ${words(lock)} and stays`);
  else if (present === undefined || strength(present) < strength(lock)) {
    await putLock(client, ask, Bucket, lock);
    changes.push(`new objects locked for ${words(lock)}`);
  }

  if (accounts === undefined) notes.push("no keys of accounts were given: who may do what is left as it is");
  else if (store.endpoint === undefined) notes.push("on AWS, accounts are roles: they are left to IAM");
  else {
    changes.push(...(await ensureAccounts(client, store.endpoint, accounts, archiver, options.signal)));
    if (await putPolicy(client, ask, Bucket, bucketPolicy(Bucket, accounts))) changes.push("policy of the bucket set");
  }
  return { bucket: Bucket, created, versioning: "Enabled", lock: isStronger ? present : lock, changes, notes };
}

const words = ({ days, mode }: LockConfig): string => `${days} ${days === 1 ? "day" : "days"} (${mode})`;

/** COMPLIANCE of any length is stronger than GOVERNANCE: nobody can lift it. */
const strength = ({ days, mode }: LockConfig): number => (mode === "COMPLIANCE" ? 1e6 : 0) + days;

/** True when the bucket exists. A store that does not answer yet is asked again until the time is over. */
async function untilAnswers(
  client: S3Client,
  bucket: string,
  { waitSeconds, signal, report }: { waitSeconds: number; signal: AbortSignal; report: (line: string) => void },
): Promise<boolean> {
  const limit = Date.now() + waitSeconds * 1000;
  let told = false;
  for (;;) {
    let fault: StoreError;
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
      return true;
    } catch (error) {
      fault = storeError(error, `bucket ${bucket}`);
    }
    signal.throwIfAborted();
    if (fault.fault === "not-found" || fault.fault === "no-bucket") return false;
    if (fault.fault === "denied" || Date.now() >= limit) throw fault;
    if (!told) report(`waiting up to ${waitSeconds} s for the object store: ${fault.message}`);
    told = true;
    await delay(1000, undefined, { signal });
  }
}

/** True when this call made it; false when another one was faster. */
async function create(client: S3Client, ask: Ask, { bucket: Bucket, region }: StoreConfig): Promise<boolean> {
  // us-east-1 is the one region that may not be named.
  const place = region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } };
  const command = new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true, ...place });
  return ask(`make bucket ${Bucket}`, (stop) => client.send(command, stop)).then(
    () => true,
    (error: StoreError) => {
      if (causeOf(error) === "BucketAlreadyOwnedByYou") return false;
      throw error;
    },
  );
}

const causeOf = (error: StoreError): string => (error.cause as Error | undefined)?.name ?? "";

/** True when this call turned it on. */
async function versioningOn(client: S3Client, ask: Ask, Bucket: string): Promise<boolean> {
  const found = await ask(`read the versioning of ${Bucket}`, (stop) =>
    client.send(new GetBucketVersioningCommand({ Bucket }), stop),
  );
  if (found.Status === "Enabled") return false;
  const command = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
  await ask(`turn versioning of ${Bucket} on`, (stop) => client.send(command, stop));
  return true;
}

async function presentLock(client: S3Client, ask: Ask, Bucket: string): Promise<LockConfig | undefined> {
  const command = new GetObjectLockConfigurationCommand({ Bucket });
  return ask(`read the lock of ${Bucket}`, (stop) => client.send(command, stop)).then(
    (found) => asLock(found.ObjectLockConfiguration?.Rule?.DefaultRetention),
    (error: StoreError) => {
      if (causeOf(error) === "ObjectLockConfigurationNotFoundError") return undefined;
      throw error;
    },
  );
}

function asLock(retention: DefaultRetention | undefined): LockConfig | undefined {
  const days = retention?.Days ?? (retention?.Years ?? 0) * 365;
  return days > 0 && retention?.Mode ? { days, mode: retention.Mode } : undefined;
}

async function putLock(client: S3Client, ask: Ask, Bucket: string, { days, mode }: LockConfig): Promise<void> {
  const rule = { DefaultRetention: { Mode: mode, Days: days } };
  const put = new PutObjectLockConfigurationCommand({
    Bucket,
    ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: rule },
  });
  await ask(`lock bucket ${Bucket}`, (stop) => client.send(put, stop)).catch((error: StoreError) => {
    throw new GoliveError(
      "BACKUP_FAILED",
      error.message,
      "A bucket made without Object Lock may not be able to get it: name a new one in S3_BUCKET.",
      { cause: error },
    );
  });
}

/** True when the policy was another before. */
async function putPolicy(client: S3Client, ask: Ask, Bucket: string, policy: unknown): Promise<boolean> {
  const Policy = JSON.stringify(policy);
  const present = await ask(`read the policy of ${Bucket}`, (stop) =>
    client.send(new GetBucketPolicyCommand({ Bucket }), stop),
  ).then(
    (found) => found.Policy,
    (error: StoreError) => {
      if (causeOf(error) === "NoSuchBucketPolicy") return undefined;
      throw error;
    },
  );
  if (present === Policy) return false;
  await ask(`set the policy of ${Bucket}`, (stop) => client.send(new PutBucketPolicyCommand({ Bucket, Policy }), stop));
  return true;
}
