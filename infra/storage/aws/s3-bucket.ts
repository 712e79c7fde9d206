import { Alias, Key } from "@pulumi/aws/kms/index.js";
import * as s3 from "@pulumi/aws/s3/index.js";
import * as pulumi from "@pulumi/pulumi";
import { bucketArn, bucketPolicy, keyPolicy, type Place } from "./documents.ts";

export interface S3BucketArgs {
  readonly bucket: string;
  readonly region: string;
  readonly accountId: string;
  /** Object Lock: days in which nobody can delete an object, and whether somebody may lift that. Absent: none. */
  readonly lock?: { readonly days: number; readonly mode: "GOVERNANCE" | "COMPLIANCE" };
  /** Refuse writes that could replace an object. */
  readonly conditionalWrites: boolean;
  /** Days after which a version that is no longer the newest is removed; longer than it is locked. */
  readonly noncurrentDays: number;
  /** Days after which objects are removed; absent: never by S3 itself. */
  readonly expireDays?: number;
  /** Refuse deletion and replacement. */
  readonly protect: boolean;
}

/** Longer than any upload takes; what is older was left by a process that died. */
const unfinishedDays = 3;

/** A private bucket: versioned, encrypted with a key of its own, reached over TLS only, locked where asked for. */
export class S3Bucket extends pulumi.ComponentResource {
  readonly place: pulumi.Output<Place>;
  /** The name, once everything that guards the bucket is there. */
  readonly guarded: pulumi.Output<string>;
  readonly versioning: s3.BucketVersioning;

  constructor(name: string, args: S3BucketArgs, opts: pulumi.ComponentResourceOptions) {
    const errors = s3BucketProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `bucket "${name}"`, errors });
    const { bucket: bucketName, region, accountId, lock, protect } = args;
    super("golive:storage:S3Bucket", name, { bucket: bucketName, region, lock }, opts);
    const own = { parent: this };
    const kept = { ...own, protect, retainOnDelete: protect };

    const key = new Key(
      `${name}-key`,
      {
        region,
        description: `objects of the bucket ${bucketName}`,
        enableKeyRotation: true,
        // The longest there is: without the key every object is lost.
        deletionWindowInDays: 30,
        policy: JSON.stringify(keyPolicy(accountId, region)),
      },
      kept,
    );
    new Alias(`${name}-key-alias`, { region, name: `alias/${bucketName}`, targetKeyId: key.keyId }, own);
    const bucket = new s3.Bucket(
      name,
      { region, bucket: bucketName, objectLockEnabled: lock !== undefined, forceDestroy: false },
      kept,
    );
    const of = { region, bucket: bucket.bucket };
    const shut = new s3.BucketPublicAccessBlock(
      `${name}-private`,
      { ...of, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      own,
    );
    const owner = new s3.BucketOwnershipControls(
      `${name}-owner`,
      { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } },
      own,
    );
    this.versioning = new s3.BucketVersioning(
      `${name}-versions`,
      { ...of, versioningConfiguration: { status: "Enabled" } },
      own,
    );
    const encryption = new s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        ...of,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
            // One call of the key for many objects.
            bucketKeyEnabled: true,
          },
        ],
      },
      own,
    );
    const locked = lock && [
      new s3.BucketObjectLockConfiguration(
        `${name}-lock`,
        { ...of, objectLockEnabled: "Enabled", rule: { defaultRetention: { days: lock.days, mode: lock.mode } } },
        { ...own, dependsOn: [this.versioning] },
      ),
    ];
    new s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      { ...of, rules: lifecycle(args) },
      { ...own, dependsOn: [this.versioning] },
    );
    const place = (keyArn: string): Place => ({ arn: bucketArn(bucketName, region), keyArn, region });
    this.place = key.arn.apply(place);
    const policy = new s3.BucketPolicy(
      `${name}-policy`,
      { ...of, policy: this.place.apply(({ arn, keyArn }) => JSON.stringify(bucketPolicy(arn, { ...args, keyArn }))) },
      // S3 refuses a policy while it still may be a public one.
      { ...own, dependsOn: [shut] },
    );
    this.guarded = pulumi
      .all([
        bucket.bucket,
        policy.id,
        owner.id,
        encryption.id,
        this.versioning.id,
        ...(locked ?? []).map(({ id }) => id),
      ])
      .apply(([guarded]) => guarded as string);
    this.registerOutputs({ bucket: bucketName });
  }
}

function lifecycle({ noncurrentDays, expireDays }: S3BucketArgs): s3.BucketLifecycleConfigurationArgs["rules"] {
  // The program tells unfinished uploads itself; this is for the case that it never runs again.
  const whole = { filter: { prefix: "" }, status: "Enabled" };
  return [
    { ...whole, id: "unfinished", abortIncompleteMultipartUpload: { daysAfterInitiation: unfinishedDays } },
    { ...whole, id: "noncurrent", noncurrentVersionExpiration: { noncurrentDays } },
    expireDays === undefined
      ? { ...whole, id: "markers", expiration: { expiredObjectDeleteMarker: true } }
      : { ...whole, id: "expired", expiration: { days: expireDays } },
  ];
}

export function s3BucketProblems({
  lock,
  noncurrentDays,
  expireDays,
}: Pick<S3BucketArgs, "lock" | "noncurrentDays" | "expireDays">): { propertyPath: string; reason: string }[] {
  const days = lock?.days ?? 0;
  const early = (propertyPath: string, value: number | undefined) =>
    value !== undefined && value < days
      ? [{ propertyPath, reason: `${value} days: the lock holds objects for ${days}, so nothing would be removed` }]
      : [];
  return [...early("noncurrentDays", noncurrentDays), ...early("expireDays", expireDays)];
}
