import type { Breach, Part, PlannedResource, Policy } from "./resource.ts";

/** Beside each bucket, of the same logical name and an ending. */
const guards = [
  { kind: "BucketPublicAccessBlock", missing: "nothing keeps it from being made public" },
  { kind: "BucketVersioning", missing: "an overwritten object is gone" },
  { kind: "BucketPolicy", missing: "it may be read without TLS" },
  { kind: "BucketServerSideEncryptionConfiguration", missing: "it has no key of its own" },
  { kind: "BucketLifecycleConfiguration", missing: "what is deleted and what is half uploaded stays for ever" },
] as const;

const ofKind = (resources: readonly PlannedResource[], kind: string) =>
  resources.filter(({ type }) => type.startsWith("aws:") && type.endsWith(`:${kind}`));
/** The child of a bucket's component has the bucket's logical name as its beginning. */
const beside = (resources: readonly PlannedResource[], bucket: string, kind: string) =>
  ofKind(resources, kind).find(
    ({ name }) => name.startsWith(`${bucket}-`) && !name.slice(bucket.length + 1).includes("-"),
  );

/** IAM, bucket and key policies; a document that is not known before it is made passes here and is tested where it is written. */
function statements({ inputs }: PlannedResource): Part[] {
  const document = inputs.policy ?? inputs.assumeRolePolicy;
  if (typeof document !== "string" || !document.startsWith("{")) return [];
  const { Statement } = JSON.parse(document) as { Statement: Part | Part[] };
  return [Statement].flat();
}

const list = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

export const cloudPolicies = {
  bucketsAreGuarded: {
    why: "a bucket of backups is the whole database, for whoever gets at it",
    check: (resources) =>
      ofKind(resources, "Bucket").flatMap(({ name }) =>
        guards
          .filter(({ kind }) => beside(resources, name, kind) === undefined)
          .map(({ kind, missing }) => ({ resource: name, message: `has no ${kind}: ${missing}` })),
      ),
  },
  bucketsAreShut: {
    why: "one switch of four that is off is a door",
    check: (resources) =>
      ofKind(resources, "BucketPublicAccessBlock").flatMap(({ name, inputs }) => {
        const all = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
        const off = all.filter((one) => inputs[one] !== true);
        return off.length > 0 ? [{ resource: name, message: `does not ${off.join(", ")}` }] : [];
      }),
  },
  bucketsKeepVersions: {
    why: "suspended versioning overwrites for good",
    check: (resources) =>
      ofKind(resources, "BucketVersioning")
        .filter(({ inputs }) => (inputs.versioningConfiguration as Part)?.status !== "Enabled")
        .map(({ name }) => ({ resource: name, message: "does not keep versions" })),
  },
  bucketsHaveTheirKey: {
    why: "with a key of its own, whoever may read the bucket still has to be let to the key",
    check: (resources) =>
      ofKind(resources, "BucketServerSideEncryptionConfiguration").flatMap(({ name, inputs }) => {
        const rules = list(inputs.rules) as Part[];
        return rules.some(({ applyServerSideEncryptionByDefault: by }) => by?.sseAlgorithm === "aws:kms")
          ? []
          : [{ resource: name, message: "does not encrypt with a key of KMS" }];
      }),
  },
  backupsAreLocked: {
    why: "a stolen key can delete everything that is not locked",
    check: (resources) =>
      ofKind(resources, "Bucket")
        .filter(({ inputs }) => inputs.objectLockEnabled === true)
        .flatMap(({ name }): Breach[] => {
          const lock = beside(resources, name, "BucketObjectLockConfiguration");
          const { days = 0 } = (lock?.inputs.rule as Part)?.defaultRetention ?? {};
          return days >= 1 ? [] : [{ resource: name, message: "has Object Lock, and no time for which it locks" }];
        }),
  },
  iamIsNarrow: {
    why: "a role that may do everything is the account",
    check: (resources) =>
      resources
        .filter(({ type }) => /^aws:iam\/(role|rolePolicy|policy):/.test(type))
        .flatMap((resource) => {
          const wide = statements(resource).find(
            ({ Effect, Action, Resource, NotAction }) =>
              Effect === "Allow" &&
              (NotAction !== undefined ||
                list(Action).some((action) => action === "*" || String(action).endsWith(":*")) ||
                (Resource !== undefined && list(Resource).includes("*"))),
          );
          return wide ? [{ resource: resource.name, message: `has the statement ${JSON.stringify(wide)}` }] : [];
        }),
  },
} as const satisfies Record<string, Policy>;
