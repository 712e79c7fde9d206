/** What golive asks a cluster. Narrow, so that tests can stand in for it. */
export interface Kube {
  /** Address of the API server, as the kubeconfig has it. Asks nobody. */
  server(): string;
  /** Version of the API server; throws CLUSTER_UNREACHABLE. */
  version(): Promise<string>;
  /** Uid of the cluster: that of its namespace kube-system, which is made and lost with it. */
  uid(): Promise<string>;
  pods(selector?: { namespace?: string; label?: string }): Promise<Pod[]>;
  cronJob(namespace: string, name: string): Promise<CronJob | undefined>;
  /** Objects of an operator's kind, or undefined where the cluster has no such kind. */
  objects(kind: ObjectKind, namespace: string): Promise<KubeObject[] | undefined>;
  object(kind: ObjectKind, namespace: string, name: string): Promise<KubeObject | undefined>;
  create(kind: ObjectKind, namespace: string, object: NewObject): Promise<void>;
  /**
   * Deletes it with all that belongs to it: gone is it only when those are. Goes on after Ctrl-C: for clearing up.
   * One that is not there is no error.
   */
  remove(kind: ObjectKind, namespace: string, name: string): Promise<void>;
  /** Runs a command in a container and waits for its end, a minute at most. Throws where the pod cannot be reached. */
  exec(command: Exec): Promise<ExecEnd>;
  /** The last lines of a container's log; empty when there is none. */
  log(of: { namespace: string; pod: string; container: string; lines: number }): Promise<string[]>;
  /** Runs a CronJob's template as a Job now, its log line by line, and takes the Job away afterwards whatever happens. */
  runJob(job: JobRun): Promise<JobEnd>;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  /** `app.kubernetes.io/name`, or the CloudNativePG cluster it belongs to. */
  readonly component: string;
  /** Label selector that finds the component's pods. */
  readonly selector: string;
  readonly phase: string;
  readonly ready: boolean;
  /** True for pods of Jobs: done is how they should be. */
  readonly job: boolean;
  readonly restarts: number;
  readonly node: string;
  readonly since: string | undefined;
  /** `CrashLoopBackOff: …`, when a container has trouble. */
  readonly trouble: string | undefined;
}

export interface CronJob {
  readonly lastScheduled: string | undefined;
  readonly lastSucceeded: string | undefined;
  readonly suspended: boolean;
}

/** Kinds of CloudNativePG and its plugin. */
export const objectKinds = {
  cluster: { group: "postgresql.cnpg.io", version: "v1", plural: "clusters", kind: "Cluster" },
  backup: { group: "postgresql.cnpg.io", version: "v1", plural: "backups", kind: "Backup" },
  objectStore: { group: "barmancloud.cnpg.io", version: "v1", plural: "objectstores", kind: "ObjectStore" },
} as const;
export type ObjectKind = keyof typeof objectKinds;

export interface NewObject {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: unknown;
}

/** As the API server has it; what it is made of is its operator's business. */
export interface KubeObject {
  readonly metadata: NewObject["metadata"] & { readonly creationTimestamp?: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface Exec {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

export interface ExecEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface JobRun {
  readonly namespace: string;
  readonly cronJob: string;
  /** Replaces the container's args. */
  readonly args?: readonly string[];
  /** Variables of the container that differ from the template's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to the container's standard input, which is then closed: in no object of the cluster and on no disk. */
  readonly stdin?: string;
  readonly onLine: (line: string) => void;
}

export interface JobEnd {
  readonly job: string;
  readonly exitCode: number;
  /** Of a pod that never ran: why. */
  readonly trouble: string | undefined;
}
