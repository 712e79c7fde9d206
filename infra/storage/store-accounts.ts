/**
 * Accounts of the object store, each with the rights of its work alone. On AWS they are roles; in the cluster they are
 * accounts of the store itself, which tells fewer of them apart. Who has one can do nothing that the others can.
 */
export const storeAccounts = {
  writer: { inCluster: "writer", about: "puts and reads, never deletes" },
  restorer: { inCluster: "writer", about: "reads, and puts the backup that is made before a restore" },
  reader: { inCluster: "reader", about: "reads and lists" },
  pruner: { inCluster: "pruner", about: "reads, lists and deletes what no lock keeps; puts no backup" },
} as const satisfies Record<string, { readonly inCluster: "writer" | "reader" | "pruner"; readonly about: string }>;

export type StoreAccount = keyof typeof storeAccounts;
export const storeAccountNames = Object.keys(storeAccounts) as StoreAccount[];

/** Accounts that the store in the cluster has, and what their secrets are derived from. */
export const clusterAccounts = {
  writer: "object-store/writer",
  reader: "object-store/reader",
  pruner: "object-store/pruner",
  // The database's own: it archives its write-ahead log into a bucket that it makes, and has no right on that of the backups.
  archiver: "object-store/wal-archiver",
} as const;

export type ClusterAccount = keyof typeof clusterAccounts;

/** What a request is signed with. The id is public. */
export interface AccessKey<Text = string> {
  readonly accessKeyId: string | Text;
  readonly secretAccessKey: Text;
}

/** Its key; `derive` gives the secret of a purpose. */
export function clusterAccessKey<Text>(account: ClusterAccount, derive: (purpose: string) => Text): AccessKey<Text> {
  const accessKeyId = account === "archiver" ? "wal-archiver" : `backup-${account}`;
  return { accessKeyId, secretAccessKey: derive(clusterAccounts[account]) };
}

export function clusterAccessKeys<Text>(derive: (purpose: string) => Text): Record<ClusterAccount, AccessKey<Text>> {
  const names = Object.keys(clusterAccounts) as ClusterAccount[];
  return Object.fromEntries(names.map((account) => [account, clusterAccessKey(account, derive)])) as Record<
    ClusterAccount,
    AccessKey<Text>
  >;
}

/** Keys of a Secret that holds one, and the files made of them. */
export const accessKeyFiles = ["access-key-id", "secret-access-key"] as const;
