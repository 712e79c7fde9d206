import { type AccountName, type Accounts, accountNames } from "../config/accounts.ts";

const look = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketVersioning"] as const;
const read = ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectLegalHold"] as const;

/**
 * What each account may do: everything that is not here is refused, to change the policy above all. Nobody has
 * s3:DeleteObject, which would only hide an object, and nobody s3:BypassGovernanceRetention.
 */
export const rights = {
  writer: {
    bucket: [...look, "s3:GetBucketObjectLockConfiguration"],
    // To stamp a lock on an object takes s3:PutObjectRetention. It can make a lock longer, and without the right to
    // bypass never shorter.
    objects: [...read, "s3:PutObject", "s3:PutObjectRetention", "s3:AbortMultipartUpload"],
  },
  reader: {
    bucket: [...look, "s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration"],
    objects: [...read, "s3:GetObjectVersion"],
  },
  pruner: {
    bucket: [...look, "s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration"],
    // Other uploads than its own are what it cleans up.
    objects: [...read, "s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"],
  },
} as const satisfies Record<AccountName, { readonly bucket: readonly string[]; readonly objects: readonly string[] }>;

/**
 * Where whoever tells people something may note what was told: under `notifications/` alone, and without that right each run would
 * tell the same anew, and nobody of a recovery.
 */
const notes = { prefix: "notifications/", objects: ["s3:PutObject", "s3:PutObjectRetention"] } as const;

/** The policy document of a bucket whose accounts are named by the ids of their keys, as versitygw does it. */
export function bucketPolicy(bucket: string, accounts: Accounts): unknown {
  const statements = accountNames.flatMap((name) => {
    const Principal = { AWS: [accounts[name].id] };
    const arn = `arn:aws:s3:::${bucket}`;
    return [
      { Sid: `${name}-bucket`, Effect: "Allow", Principal, Action: rights[name].bucket, Resource: [arn] },
      { Sid: `${name}-objects`, Effect: "Allow", Principal, Action: rights[name].objects, Resource: [`${arn}/*`] },
      {
        Sid: `${name}-notes`,
        Effect: "Allow",
        Principal,
        Action: notes.objects,
        Resource: [`${arn}/${notes.prefix}*`],
      },
    ];
  });
  return { Version: "2012-10-17", Statement: statements };
}
