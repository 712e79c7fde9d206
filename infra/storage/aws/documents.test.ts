import { describe, expect, test } from "vitest";
import { storeAccountNames } from "../store-accounts.ts";
import {
  accountPolicy,
  archiverPolicy,
  bucketPolicy,
  type Document,
  partitionOf,
  podTrust,
  replicationPolicy,
  type Statement,
} from "./documents.ts";

const place = { arn: "arn:aws:s3:::b", keyArn: "arn:aws:kms:eu-central-1:1:key/k", region: "eu-central-1" };
const other = { arn: "arn:aws:s3:::r", keyArn: "arn:aws:kms:eu-west-1:1:key/r", region: "eu-west-1" };
const actions = (of: Document, resource = /./) =>
  of.Statement.filter(({ Resource }) => [Resource ?? ""].flat().some((one) => resource.test(one))).flatMap(
    ({ Action }) => Action,
  );
const backups = /b\/\*$/;
const sid = (of: Document, name: string): Statement | undefined => of.Statement.find(({ Sid }) => Sid === name);

describe("roles", () => {
  test("nobody may both write backups and delete them", () => {
    for (const account of storeAccountNames) {
      const may = actions(accountPolicy(account, place), backups);
      expect(may.includes("s3:PutObject") && may.some((action) => action.startsWith("s3:Delete")), account).toBe(false);
    }
  });

  test("only the pruner deletes, by version, so that nothing is hidden behind a marker", () => {
    for (const account of storeAccountNames) {
      const deletes = actions(accountPolicy(account, place)).filter((action) => action.startsWith("s3:Delete"));
      expect(deletes, account).toEqual(account === "pruner" ? ["s3:DeleteObjectVersion"] : []);
    }
  });

  test("who may not write backups may write its own notes, and nothing beside them", () => {
    for (const account of ["reader", "pruner"] as const) {
      const puts = accountPolicy(account, place).Statement.filter(({ Action }) => Action.includes("s3:PutObject"));
      expect(puts.map(({ Resource }) => Resource)).toEqual(["arn:aws:s3:::b/notifications/*"]);
    }
  });

  test("none may lift a lock, change the bucket, or use any other bucket or key", () => {
    for (const policy of [...storeAccountNames.map((one) => accountPolicy(one, place)), archiverPolicy(place)]) {
      expect(
        actions(policy).filter((action) => /Bypass|^s3:Put(Bucket|ObjectRetention|ObjectLegalHold)|\*/.test(action)),
      ).toEqual([]);
      for (const { Resource } of policy.Statement)
        for (const one of [Resource ?? ""].flat()) expect(one.startsWith(place.arn) || one === place.keyArn).toBe(true);
      expect(sid(policy, "Key")?.Condition).toEqual({
        StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" },
      });
    }
  });

  test("a role is given to the pods of its service accounts in one namespace of one cluster", () => {
    const trust = podTrust({ eksCluster: "production", namespace: "golive-app", serviceAccounts: ["backup-writer"] });
    expect(trust.Statement).toMatchObject([
      {
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: {
            "aws:RequestTag/eks-cluster-name": "production",
            "aws:RequestTag/kubernetes-namespace": "golive-app",
            "aws:RequestTag/kubernetes-service-account": ["backup-writer"],
          },
        },
      },
    ]);
  });

  test("copying takes locks along, and can neither read nor delete copies", () => {
    const policy = replicationPolicy(place, other);
    expect(actions(policy, backups)).toContain("s3:GetObjectRetention");
    expect(actions(policy, /r\/\*$/)).toEqual(["s3:ReplicateObject", "s3:ReplicateTags"]);
    expect(sid(policy, "TargetKey")).toMatchObject({ Action: "kms:Encrypt", Resource: other.keyArn });
  });
});

describe("the bucket's policy", () => {
  const policy = bucketPolicy(place.arn, { keyArn: place.keyArn, conditionalWrites: true });

  test("only refuses, everybody: no statement of it opens anything", () => {
    for (const { Effect, Principal } of policy.Statement) expect([Effect, Principal]).toEqual(["Deny", "*"]);
  });

  test("refuses what is not TLS 1.2 or newer, for the bucket and its objects", () => {
    for (const name of ["NothingWithoutTls", "NothingWithOldTls"])
      expect(sid(policy, name)).toMatchObject({ Action: "s3:*", Resource: [place.arn, `${place.arn}/*`] });
  });

  test("leaves encryption to the bucket: a request may ask for its key, or for nothing", () => {
    expect(sid(policy, "NoOtherKey")?.Condition).toEqual({
      // Without the header there is nothing to refuse: a missing key would pass StringNotEquals.
      Null: { "s3:x-amz-server-side-encryption-aws-kms-key-id": "false" },
      StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": place.keyArn },
    });
  });

  test("refuses to replace an object, but lets parts of an upload pass", () => {
    expect(sid(policy, "NothingIsOverwritten")?.Condition).toEqual({
      Null: { "s3:if-none-match": "true" },
      Bool: { "s3:ObjectCreationOperation": "true" },
    });
    const replica = bucketPolicy(place.arn, { keyArn: place.keyArn, conditionalWrites: false });
    expect(sid(replica, "NothingIsOverwritten")).toBeUndefined();
  });

  test("lets nobody lift a lock", () => {
    expect(sid(policy, "NoLockIsLifted")?.Action).toBe("s3:BypassGovernanceRetention");
  });
});

test("regions of China and of the US government are partitions of their own", () => {
  expect(["eu-central-1", "cn-north-1", "us-gov-west-1"].map(partitionOf)).toEqual(["aws", "aws-cn", "aws-us-gov"]);
});
