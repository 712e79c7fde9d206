import type { State } from "./step.ts";

interface DataBearing {
  /** A type of Pulumi. Versions of a Kubernetes group are all meant: `v1` is written as `*`. */
  readonly type: RegExp;
  /** What is lost with it, in the words of the warning. */
  readonly why: string;
  /** Only those that this holds for. */
  readonly only?: (state: State) => boolean;
}

const kubernetes = (group: string, kind: string) => new RegExp(`^kubernetes:${group}/v\\w+:${kind}$`);
const aws = (place: string) => new RegExp(`^aws:${place}$`);

/**
 * What holds data, or what data is unreadable or unreachable without: deleting or replacing one of these needs a person's word.
 * Kubernetes Secrets are not among them: the platform derives them anew from its seed, and one that is not is protected.
 */
export const dataBearing: readonly DataBearing[] = [
  { type: kubernetes("core", "PersistentVolumeClaim"), why: "its volume goes with it, and all that is on it" },
  { type: kubernetes("core", "PersistentVolume"), why: "what is on the volume" },
  { type: kubernetes("core", "Namespace"), why: "everything in the namespace goes with it" },
  {
    type: kubernetes("apps", "StatefulSet"),
    why: "its pods start on the volumes of other claims",
    only: ({ inputs }) => sizeAt(inputs, "spec", "volumeClaimTemplates") > 0,
  },
  {
    type: kubernetes("apiextensions\\.k8s\\.io", "CustomResourceDefinition"),
    why: "every object of the kind goes with it",
  },
  { type: kubernetes("postgresql\\.cnpg\\.io", "Cluster"), why: "the database and its volumes" },
  { type: kubernetes("postgresql\\.cnpg\\.io", "Database"), why: "the tables of the database" },
  {
    type: kubernetes("barmancloud\\.cnpg\\.io", "ObjectStore"),
    why: "without it no WAL is archived and no point in time is restored",
  },
  { type: aws("s3/bucket(V2)?:Bucket(V2)?"), why: "the objects in the bucket, backups among them" },
  { type: aws("kms/(key|replicaKey):\\w+"), why: "what was encrypted with the key cannot be read again" },
  { type: aws("rds/(instance|cluster|globalCluster):\\w+"), why: "the database" },
  { type: aws("dynamodb/table:Table"), why: "the table" },
  { type: aws("efs/fileSystem:FileSystem"), why: "the files" },
  { type: aws("ebs/volume:Volume"), why: "what is on the volume" },
  { type: aws("secretsmanager/secret:Secret"), why: "the secret and its earlier versions" },
  { type: /^sentry:index\/(sentryProject:SentryProject|project:Project)$/, why: "the project's issues and events" },
];

/** What would be lost with the resource, or undefined where nothing would. */
export function dataIn(type: string, state: State | undefined): string | undefined {
  const found = dataBearing.find((one) => one.type.test(type));
  if (!found || (found.only && !(state && found.only(state)))) return undefined;
  return found.why;
}

function sizeAt(inputs: State["inputs"], ...path: string[]): number {
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], inputs);
  return Array.isArray(value) ? value.length : 0;
}
