/** The parts of local/ that verbs call, as types: the real modules are loaded only when a verb needs them. */
export type Report = (line: string) => void;

export interface Long {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A host port, the node port behind it, and what people know it as. */
export interface PublishedPort {
  readonly host: number;
  readonly node: number;
  readonly what: string;
}

/** Tools are what is built together (`kubernetes`), programs what they give (`kubelet`, `kubectl`). */
export type ToolchainApi = Pick<
  typeof import("@golive/local/toolchain/index.ts"),
  | "ensureTools"
  | "isReady"
  | "missingTools"
  | "toolPath"
  | "toolNames"
  | "tool"
  | "ensurePackages"
  | "ensureOperatorManifest"
  | "cnpgManifest"
>;

export type ClusterApi = Pick<
  typeof import("@golive/local/cluster/index.ts"),
  "startCluster" | "stopCluster" | "deleteCluster" | "clusterStatus" | "publishPorts"
>;

export type ClusterFacts = Awaited<ReturnType<ClusterApi["clusterStatus"]>>;

export type ImagesApi = Pick<
  typeof import("@golive/local/images/index.ts"),
  "ensureImages" | "loadIntoContext" | "takesImages"
>;
