import { pluginName } from "./archive-spec.ts";
import { clusterName, drillClusterName, drillLabel, recoveryLabel } from "./cluster-names.ts";

export interface RecoverySpecArgs {
  /** Spec of the live `Cluster`, as the API server has it. */
  readonly live: LiveSpec;
  /** RFC 3339, in UTC; without it whoever makes the cluster adds a target. */
  readonly targetTime?: string;
  /** By which network policies find its pods. @default those of a restore */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is taken over from the live cluster, so that the recovered one can hold what it holds. */
export interface LiveSpec {
  readonly imageCatalogRef?: unknown;
  readonly imageName?: string;
  readonly imagePullPolicy?: string;
  readonly storage?: { readonly size?: string; readonly storageClass?: string };
  readonly resources?: unknown;
  readonly postgresql?: {
    readonly parameters?: Readonly<Record<string, string>>;
    readonly pg_hba?: readonly string[];
    readonly extensions?: unknown;
    readonly shared_preload_libraries?: readonly string[];
  };
  readonly managed?: { readonly roles?: readonly { readonly name: string }[] };
  readonly plugins?: readonly { readonly name: string; readonly parameters?: Readonly<Record<string, string>> }[];
}

/**
 * Spec of a `Cluster` that is the live one as it was at a moment. It reads the archive and never writes to it: it has
 * no `plugins`, so its own WAL goes nowhere. One instance, since it lives only until it has been copied from.
 */
export function recoverySpec({ live, targetTime, labels = recoveryLabel }: RecoverySpecArgs): Record<string, unknown> {
  const parameters = live.plugins?.find(({ name }) => name === pluginName)?.parameters;
  if (parameters?.barmanObjectName === undefined) throw new RangeError("the live cluster archives nowhere");
  const { imageCatalogRef, imageName, imagePullPolicy, storage, resources, postgresql = {}, managed } = live;
  return {
    description: `${clusterName} as of ${targetTime ?? "a moment of the past"}`,
    instances: 1,
    ...present({ imageCatalogRef, imageName, imagePullPolicy, storage, resources }),
    inheritedMetadata: { labels: { ...labels } },
    // The same account reads the archive, whether by keys or by a role of its own.
    serviceAccountName: clusterName,
    bootstrap: { recovery: present({ source: "archive", recoveryTarget: targetTime && { targetTime } }) },
    externalClusters: [{ name: "archive", plugin: { name: pluginName, parameters } }],
    // Signed by the live cluster's authority: clients that trust the one trust the other.
    certificates: { serverCASecret: `${clusterName}-ca` },
    // The password of today, which may not be that of then.
    managed: { roles: managed?.roles?.filter(({ name }) => name === "backup") ?? [] },
    postgresql: present({ ...postgresql, synchronous: undefined }),
    enablePDB: false,
    enableSuperuserAccess: false,
    stopDelay: 30,
    smartShutdownTimeout: 5,
  };
}

/** What a drill makes, but for the position in the log that it goes back to. */
export function drillCluster(live: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: drillClusterName, labels: drillLabel },
    spec: recoverySpec({ live: live as LiveSpec, labels: drillLabel }),
  };
}

/** Without the entries that are undefined. */
function present(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
