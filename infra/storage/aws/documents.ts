import type { StoreAccount } from "../store-accounts.ts";

/*
 * Policy documents of AWS, pure: who may do what with the buckets. Everything is refused that is not allowed here, and
 * what is denied here is refused whatever else allows it.
 */

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface Document {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

const document = (...statements: readonly Statement[]): Document => ({ Version: "2012-10-17", Statement: statements });

/** `aws`, or that of China or of the US government, by the region's name. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

export const bucketArn = (bucket: string, region: string): string => `arn:${partitionOf(region)}:s3:::${bucket}`;

/** A bucket that nothing reads or writes in clear, and that no right of any role unlocks. */
export function bucketPolicy(arn: string, options: { keyArn: string; conditionalWrites: boolean }): Document {
  const everybody = { Effect: "Deny", Principal: "*" } as const;
  const objects = `${arn}/*`;
  return document(
    {
      ...everybody,
      Sid: "NothingWithoutTls",
      Action: "s3:*",
      Resource: [arn, objects],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      ...everybody,
      Sid: "NothingWithOldTls",
      Action: "s3:*",
      Resource: [arn, objects],
      Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } },
    },
    {
      // Without the header the bucket's default encrypts with its key; with it, nobody may choose another way.
      ...everybody,
      Sid: "NoOtherEncryption",
      Action: "s3:PutObject",
      Resource: objects,
      Condition: {
        Null: { "s3:x-amz-server-side-encryption": "false" },
        StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
      },
    },
    {
      ...everybody,
      Sid: "NoOtherKey",
      Action: "s3:PutObject",
      Resource: objects,
      Condition: {
        Null: { "s3:x-amz-server-side-encryption-aws-kms-key-id": "false" },
        StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": options.keyArn },
      },
    },
    {
      ...everybody,
      Sid: "NoLockIsLifted",
      Action: "s3:BypassGovernanceRetention",
      Resource: objects,
    },
    ...(options.conditionalWrites
      ? [
          {
            // Parts and the start of an upload know no such header: the operation that makes the object must have it.
            ...everybody,
            Sid: "NothingIsOverwritten",
            Action: "s3:PutObject",
            Resource: objects,
            Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
          },
        ]
      : []),
  );
}

/** The account's own administration decides who uses the key; roles get it by their policies. */
export function keyPolicy(accountId: string, region: string): Document {
  return document({
    Sid: "AccountAdministers",
    Effect: "Allow",
    Principal: { AWS: `arn:${partitionOf(region)}:iam::${accountId}:root` },
    Action: "kms:*",
    Resource: "*",
  });
}

const look = [
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetBucketVersioning",
  "s3:ListBucket",
  "s3:ListBucketMultipartUploads",
  "s3:ListBucketVersions",
];
const read = ["s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersion"];
const put = ["s3:AbortMultipartUpload", "s3:PutObject"];

/**
 * What each account may do with objects, beside looking at the bucket. No one may both write and delete, and no one may
 * delete without naming a version, which would hide an object instead of removing it.
 */
const objectActions = {
  writer: [...read, ...put],
  restorer: [...read, ...put],
  reader: read,
  pruner: [...read, "s3:AbortMultipartUpload", "s3:DeleteObjectVersion"],
} as const satisfies Record<StoreAccount, readonly string[]>;

/** Where jobs without the right to write remember whom they told what. */
const notes = "notifications/*";

export interface Place {
  readonly arn: string;
  readonly keyArn: string;
  readonly region: string;
}

export function accountPolicy(account: StoreAccount, place: Place): Document {
  const writes = (objectActions[account] as readonly string[]).includes("s3:PutObject");
  return document(
    { Sid: "Look", Effect: "Allow", Action: look, Resource: place.arn },
    { Sid: "Objects", Effect: "Allow", Action: objectActions[account], Resource: `${place.arn}/*` },
    ...(writes
      ? []
      : [{ Sid: "Notes", Effect: "Allow", Action: "s3:PutObject", Resource: `${place.arn}/${notes}` } as const]),
    useOfKey(place),
  );
}

/** Of the database, which archives its write-ahead log and lets go what its own retention no longer needs. */
export function archiverPolicy(place: Place): Document {
  return document(
    { Sid: "Look", Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket"], Resource: place.arn },
    {
      Sid: "Objects",
      Effect: "Allow",
      Action: [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
        "s3:PutObjectTagging",
      ],
      Resource: `${place.arn}/*`,
    },
    useOfKey(place),
  );
}

function useOfKey({ keyArn, region }: Place): Statement {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    Sid: "Key",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: keyArn,
    Condition: { StringEquals: { "kms:ViaService": `s3.${region}.${suffix}` } },
  };
}

/** Pods of one service account of one cluster, by EKS Pod Identity. */
export function podTrust(of: { eksCluster: string; namespace: string; serviceAccounts: readonly string[] }): Document {
  return document({
    Sid: "PodIdentity",
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: {
        "aws:RequestTag/eks-cluster-name": of.eksCluster,
        "aws:RequestTag/kubernetes-namespace": of.namespace,
        "aws:RequestTag/kubernetes-service-account": of.serviceAccounts,
      },
    },
  });
}

export function replicationTrust(accountId: string): Document {
  return document({
    Sid: "Replication",
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

/** S3's own copying: locks and legal holds go along, deletions do not. */
export function replicationPolicy(from: Place, to: Place): Document {
  return document(
    {
      Sid: "Source",
      Effect: "Allow",
      Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
      Resource: from.arn,
    },
    {
      Sid: "Read",
      Effect: "Allow",
      Action: [
        "s3:GetObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
      ],
      Resource: `${from.arn}/*`,
    },
    { Sid: "Write", Effect: "Allow", Action: ["s3:ReplicateObject", "s3:ReplicateTags"], Resource: `${to.arn}/*` },
    { ...useOfKey(from), Sid: "SourceKey", Action: "kms:Decrypt" },
    { ...useOfKey(to), Sid: "TargetKey", Action: "kms:Encrypt" },
  );
}
