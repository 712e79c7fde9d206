type Inputs = Readonly<Record<string, unknown>>;

export interface DataBearing {
  /** A type of Pulumi. Versions of a Kubernetes group are all meant: `v1` is written as `*`. */
  readonly type: RegExp;
  /** What is lost with it, in the words of the warning. */
  readonly why: string;
  /** Only those that this holds for. */
  readonly only?: (inputs: Inputs) => boolean;
  /** Of those that this program makes: what a protected stack sets on it. `retained` ones stay even when the stack forgets them. */
  readonly kept?: "protected" | "retained";
}

const kubernetes = (group: string, kind: string) => new RegExp(`^kubernetes:${group}/v\\w+:${kind}$`);
const aws = (place: string) => new RegExp(`^aws:${place}$`);

/**
 * What holds data, or what data is unreadable or unreachable without: deleting or replacing one of these needs a person's word.
 * Kubernetes Secrets are not among them: the platform derives them anew from its seed, and one that is not is protected.
 */
export const dataBearing: readonly DataBearing[] = [
  {
    type: kubernetes("core", "PersistentVolumeClaim"),
    why: "its volume goes with it, and all that is on it",
    kept: "retained",
  },
  { type: kubernetes("core", "PersistentVolume"), why: "what is on the volume" },
  { type: kubernetes("core", "Namespace"), why: "everything in the namespace goes with it" },
  {
    type: kubernetes("apps", "StatefulSet"),
    why: "its pods start on the volumes of other claims",
    only: (inputs) => sizeAt(inputs, "spec", "volumeClaimTemplates") > 0,
  },
  {
    type: kubernetes("apiextensions\\.k8s\\.io", "CustomResourceDefinition"),
    why: "every object of the kind goes with it",
  },
  { type: kubernetes("postgresql\\.cnpg\\.io", "Cluster"), why: "the database and its volumes", kept: "protected" },
  { type: kubernetes("postgresql\\.cnpg\\.io", "Database"), why: "the tables of the database" },
  {
    type: kubernetes("barmancloud\\.cnpg\\.io", "ObjectStore"),
    why: "without it no WAL is archived and no point in time is restored",
  },
  { type: aws("s3/bucket(V2)?:Bucket(V2)?"), why: "the objects in the bucket, backups among them", kept: "retained" },
  {
    type: aws("kms/(key|replicaKey):\\w+"),
    why: "what was encrypted with the key cannot be read again",
    kept: "retained",
  },
  { type: aws("rds/(instance|cluster|globalCluster):\\w+"), why: "the database" },
  { type: aws("dynamodb/table:Table"), why: "the table" },
  { type: aws("efs/fileSystem:FileSystem"), why: "the files" },
  { type: aws("ebs/volume:Volume"), why: "what is on the volume" },
  { type: aws("secretsmanager/secret:Secret"), why: "the secret and its earlier versions" },
  { type: /^sentry:index\/(sentryProject:SentryProject|project:Project)$/, why: "the project's issues and events" },
];

/** The row of a resource with data in it; undefined where nothing would be lost with it. */
export function dataBearingOf(type: string, inputs: Inputs | undefined): DataBearing | undefined {
  const found = dataBearing.find((one) => one.type.test(type));
  return found?.only && !(inputs && found.only(inputs)) ? undefined : found;
}

function sizeAt(inputs: Inputs, ...path: string[]): number {
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], inputs);
  return Array.isArray(value) ? value.length : 0;
}
