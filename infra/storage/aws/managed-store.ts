import { PodIdentityAssociation } from "@pulumi/aws/eks/index.js";
import { Role, RolePolicy } from "@pulumi/aws/iam/index.js";
import { Provider } from "@pulumi/aws/provider.js";
import { BucketReplicationConfig } from "@pulumi/aws/s3/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../../config/schema.ts";
import { type StoreAccount, storeAccountNames, storeAccounts } from "../store-accounts.ts";
import {
  accountPolicy,
  archiverPolicy,
  type Document,
  podTrust,
  replicationPolicy,
  replicationTrust,
} from "./documents.ts";
import { S3Bucket } from "./s3-bucket.ts";

export interface ManagedStoreArgs {
  readonly plan: PlatformConfig["backups"];
  readonly accountId: string;
  readonly eksCluster: string;
  /** Namespace of the pods that are given roles, as it is called and once it exists. */
  readonly namespaceName: string;
  /** Service accounts that act as each account of the store. */
  readonly serviceAccounts: Readonly<Record<StoreAccount, readonly string[]>>;
  /** Service account of the database, when its write-ahead log is archived. */
  readonly archiver: string | undefined;
  readonly protect: boolean;
}

/** What of AWS the backups need: the bucket, its copy in a second region, a bucket for the database's log, and the roles. */
export class ManagedStore extends pulumi.ComponentResource {
  /** The bucket's name, once everything that guards it is there and roles are given out. */
  readonly bucket: pulumi.Output<string>;
  /** That of the write-ahead log. */
  readonly archive: pulumi.Output<string> | undefined;

  constructor(name: string, args: ManagedStoreArgs, opts: pulumi.ComponentResourceOptions) {
    const { plan, accountId, protect } = args;
    const { bucket, region, replicaRegion } = plan;
    super("golive:storage:ManagedStore", name, { bucket, region, replicaRegion }, opts);

    const store = new S3Bucket(
      `${name}-bucket`,
      { ...plan, accountId, protect, conditionalWrites: true, noncurrentDays: plan.lock.days },
      { parent: this },
    );
    if (replicaRegion !== undefined) this.#replicate(name, args, store, replicaRegion);
    const roles = storeAccountNames.map((account) =>
      this.#role(`${name}-${account}`, args, {
        roleName: `${bucket}-${account}`,
        about: storeAccounts[account].about,
        serviceAccounts: args.serviceAccounts[account],
        policy: store.place.apply((place) => accountPolicy(account, place)),
      }),
    );
    this.bucket = ready(store, roles.flat());
    if (args.archiver !== undefined) this.archive = this.#archive(name, args, args.archiver);
    this.registerOutputs({ bucket, region });
  }

  /** Its objects are kept as long as the longest rule of retention keeps them: pruning of the first is not copied. */
  #replicate(name: string, args: ManagedStoreArgs, store: S3Bucket, region: string): void {
    const { plan, accountId, protect } = args;
    const { days, monthly } = plan.retention;
    const longest = Math.max(days, plan.lock.days, monthly * 31);
    const replica = new S3Bucket(
      `${name}-replica`,
      {
        bucket: `${plan.bucket}-replica`,
        region,
        accountId,
        protect,
        lock: plan.lock,
        // S3 itself is the only one that writes there, and it knows no such header.
        conditionalWrites: false,
        noncurrentDays: plan.lock.days,
        expireDays: longest,
      },
      { parent: this },
    );
    const role = new Role(
      `${name}-replica-role`,
      {
        name: `${plan.bucket}-replica`,
        description: "copies backups into the second region",
        assumeRolePolicy: JSON.stringify(replicationTrust(accountId)),
      },
      { parent: this },
    );
    const policy = new RolePolicy(
      `${name}-replica-rights`,
      {
        name: "replicate",
        role: role.name,
        policy: pulumi
          .all([store.place, replica.place])
          .apply(([from, to]) => JSON.stringify(replicationPolicy(from, to))),
      },
      { parent: this },
    );
    new BucketReplicationConfig(
      `${name}-replication`,
      {
        region: plan.region,
        bucket: store.guarded,
        role: role.arn,
        rules: [
          {
            id: "all",
            status: "Enabled",
            priority: 0,
            filter: { prefix: "" },
            deleteMarkerReplication: { status: "Disabled" },
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
            destination: {
              bucket: replica.place.apply(({ arn }) => arn),
              // Read only when a region is lost.
              storageClass: "STANDARD_IA",
              encryptionConfiguration: { replicaKmsKeyId: replica.place.apply(({ keyArn }) => keyArn) },
            },
          },
        ],
      },
      { parent: this, dependsOn: [store.versioning, replica, policy] },
    );
  }

  /** No lock and no conditional writes there: the database lets go what its own retention no longer needs. */
  #archive(name: string, args: ManagedStoreArgs, serviceAccount: string): pulumi.Output<string> {
    const { plan, accountId, protect } = args;
    const archive = new S3Bucket(
      `${name}-archive`,
      {
        bucket: `${plan.bucket}-wal`,
        region: plan.region,
        accountId,
        protect,
        conditionalWrites: false,
        // What was deleted by mistake can be brought back for a week.
        noncurrentDays: 7,
      },
      { parent: this },
    );
    const role = this.#role(`${name}-archiver`, args, {
      roleName: `${plan.bucket}-archiver`,
      about: "archives the database's write-ahead log",
      serviceAccounts: [serviceAccount],
      policy: archive.place.apply(archiverPolicy),
    });
    return ready(archive, role);
  }

  #role(
    name: string,
    { eksCluster, namespaceName, plan }: ManagedStoreArgs,
    of: {
      roleName: string;
      about: string;
      serviceAccounts: readonly string[];
      policy: pulumi.Output<Document>;
    },
  ): pulumi.CustomResource[] {
    const own = { parent: this };
    const trust = podTrust({ eksCluster, namespace: namespaceName, serviceAccounts: of.serviceAccounts });
    const role = new Role(
      `${name}-role`,
      { name: of.roleName, description: of.about, assumeRolePolicy: JSON.stringify(trust) },
      own,
    );
    const rights = new RolePolicy(
      `${name}-rights`,
      { name: "store", role: role.name, policy: of.policy.apply((document) => JSON.stringify(document)) },
      own,
    );
    const associations = of.serviceAccounts.map(
      (serviceAccount) =>
        new PodIdentityAssociation(
          `${name}-pods-${serviceAccount}`,
          {
            region: plan.region,
            clusterName: eksCluster,
            namespace: namespaceName,
            serviceAccount,
            roleArn: role.arn,
          },
          { ...own, dependsOn: [rights] },
        ),
    );
    return [rights, ...associations];
  }
}

/** The same with a provider of its own. */
export function managedStore(name: string, args: ManagedStoreArgs): ManagedStore {
  // Of the account that the configuration names, or of none: a stranger's credentials change nothing.
  const aws = new Provider("aws", { region: args.plan.region, allowedAccountIds: [args.accountId] });
  return new ManagedStore(name, args, { providers: { aws } });
}

/** A bucket's name, for whoever must not start before its guards and its roles are there. */
function ready(bucket: S3Bucket, roles: readonly pulumi.CustomResource[]): pulumi.Output<string> {
  return pulumi.all([bucket.guarded, ...roles.map(({ id }) => id)]).apply(([name]) => name as string);
}
