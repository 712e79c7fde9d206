import { beforeAll, expect, test } from "vitest";
import type { Seen } from "../../testing/mocks.ts";
import { runStack } from "../../testing/stacks.ts";
import { s3BucketProblems } from "./s3-bucket.ts";

let production: Seen;
let staging: Seen;
beforeAll(async () => {
  production = await runStack("production");
  staging = await runStack("staging");
}, 120_000);

/** The only resource of a type that is about this bucket. */
function about(seen: Seen, kind: string, bucket: string) {
  const found = seen.resources.filter(
    ({ type, inputs }) => type.startsWith("aws:s3/") && type.endsWith(`:${kind}`) && inputs.bucket === bucket,
  );
  expect(
    found.map(({ name }) => name),
    `${kind} of ${bucket}`,
  ).toHaveLength(1);
  // biome-ignore lint/style/noNonNullAssertion: asserted the line before
  return found[0]!.inputs;
}

const bucket = "golive-production-backups";

test.each([
  [bucket, "eu-central-1"],
  [`${bucket}-replica`, "eu-west-1"],
])(
  "%s in %s is private, versioned, encrypted with its own key, and locked for 35 days that nobody shortens",
  (name, region) => {
    expect(about(production, "Bucket", name)).toMatchObject({ region, objectLockEnabled: true, forceDestroy: false });
    expect(about(production, "BucketVersioning", name).versioningConfiguration).toEqual({ status: "Enabled" });
    expect(about(production, "BucketPublicAccessBlock", name)).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(about(production, "BucketOwnershipControls", name).rule).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(about(production, "BucketObjectLockConfiguration", name).rule).toEqual({
      defaultRetention: { days: 35, mode: "COMPLIANCE" },
    });
    expect(
      about(production, "BucketServerSideEncryptionConfiguration", name).rules[0].applyServerSideEncryptionByDefault
        .sseAlgorithm,
    ).toBe("aws:kms");
    expect(JSON.parse(about(production, "BucketPolicy", name).policy).Statement.length).toBeGreaterThan(4);
    const keys = production.kind("Key").filter(({ inputs }) => inputs.description?.endsWith(` ${name}`));
    expect(keys.map(({ inputs }) => inputs)).toMatchObject([
      { region, enableKeyRotation: true, deletionWindowInDays: 30 },
    ]);
  },
);

test("unfinished uploads are given up after three days, old versions when no lock holds them any more", () => {
  const { rules } = about(production, "BucketLifecycleConfiguration", bucket);
  expect(rules).toMatchObject([
    { id: "unfinished", abortIncompleteMultipartUpload: { daysAfterInitiation: 3 } },
    { id: "noncurrent", noncurrentVersionExpiration: { noncurrentDays: 35 } },
    { id: "markers", expiration: { expiredObjectDeleteMarker: true } },
  ]);
});

test("the copy keeps what the longest rule of retention keeps, and deletions are not copied", () => {
  const { rules } = about(production, "BucketLifecycleConfiguration", `${bucket}-replica`);
  expect(rules.at(-1)).toMatchObject({ expiration: { days: 372 } });
  const replication = about(production, "BucketReplicationConfig", bucket);
  expect(replication.rules).toMatchObject([
    {
      status: "Enabled",
      deleteMarkerReplication: { status: "Disabled" },
      sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
      destination: { bucket: `arn:aws:s3:::${bucket}-replica` },
    },
  ]);
});

test("without a second region there is no copy", () => {
  expect(staging.kind("BucketReplicationConfig")).toEqual([]);
  expect(staging.kind("Bucket").map(({ inputs }) => inputs.bucket)).toContain("golive-staging-backups");
  expect(about(staging, "BucketObjectLockConfiguration", "golive-staging-backups").rule.defaultRetention).toEqual({
    days: 14,
    mode: "GOVERNANCE",
  });
});

test("every service account of the backups is given one role, in the namespace and the cluster of the stack", () => {
  const given = production.kind("PodIdentityAssociation").map(({ inputs }) => inputs);
  expect(given.map(({ serviceAccount }) => serviceAccount)).toEqual(
    expect.arrayContaining(["backup-writer", "backup-restorer", "backup-reader", "backup-monitor", "backup-pruner"]),
  );
  for (const { clusterName, namespace } of given)
    expect([clusterName, namespace]).toEqual(["production", "golive-app"]);
  const accounts = production.kind("ServiceAccount").map(({ inputs }) => inputs.metadata.name);
  expect(accounts).toEqual(
    expect.arrayContaining(
      given.map(({ serviceAccount }) => serviceAccount).filter((name) => name.startsWith("backup")),
    ),
  );
});

test("nothing of AWS goes to a default provider, and the one there is works for one account only", () => {
  const aws = production.resources.filter(({ type }) => type.startsWith("aws:"));
  expect(aws.length).toBeGreaterThan(25);
  for (const { provider, name } of aws) expect(provider, name).toMatch(/pulumi:providers:aws::aws::/);
  expect(production.resources.find(({ type }) => type === "pulumi:providers:aws")?.inputs).toMatchObject({
    region: "eu-central-1",
    allowedAccountIds: JSON.stringify(["444455556666"]),
  });
});

test("a lifecycle that would end before the lock is refused", () => {
  const lock = { days: 30, mode: "COMPLIANCE" } as const;
  expect(s3BucketProblems({ lock, noncurrentDays: 30, expireDays: 372 })).toEqual([]);
  expect(s3BucketProblems({ lock, noncurrentDays: 7, expireDays: 10 }).map(({ propertyPath }) => propertyPath)).toEqual(
    ["noncurrentDays", "expireDays"],
  );
});
