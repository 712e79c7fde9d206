import { setTimeout as pause } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { RecoveryConfig } from "../config/recovery.ts";
import { drillFailed } from "../drill/drill-failure.ts";
import { type KubernetesApi, KubernetesRefusal } from "../kubernetes/in-cluster.ts";
import type { Report } from "../progress.ts";
import { type RecoveryFault, type RecoveryMarks, recoveryFault, recoveryMarks } from "./recovery-log.ts";

export interface RecoveryWorld {
  /** The cluster's API, for as long as a signal lets it. */
  readonly kubernetes: (signal: AbortSignal) => KubernetesApi;
  readonly config: RecoveryConfig;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Between two looks, in ms. @default 2000 */
  readonly pauseMs?: number;
}

/** A server that came out of the archive. Deleted with its volume when disposed of. */
export interface RecoveredServer extends AsyncDisposable {
  /** Name of its Service. */
  readonly host: string;
  readonly seconds: RecoverySeconds;
}

export interface RecoverySeconds {
  /** Until the first program of the recovery ran: a volume, a node, images. */
  readonly start: number;
  /** The base backup. */
  readonly fetch: number;
  /** The log is replayed, and the server takes logins. */
  readonly restore: number;
}

/** Position in the write-ahead log: everything that was written before it comes back, and nothing after. */
export interface Target {
  readonly lsn: string;
  /** For people: what the moment is of. */
  readonly about: string;
}

/** Role that looks into the recovered server. */
const role = "backup";
/** Name of the pod that works with the Cluster. */
const holderKey = "golive.dev/drilled-by";
/** Time for the pods and the volume to go. */
const removalMs = 300_000;
/** The same after SIGTERM: Kubernetes ends this pod 60 s after it. What is not gone by then still goes: its deletion was asked for. */
const hurriedRemovalMs = 40_000;
/** For how long the API may be silent while a recovery is waited for: a control plane is upgraded in less. */
const silenceMs = 120_000;
/** Attempts of the operator's job after which it is given up. */
const attempts = 3;

/** What a recovery that did not come to its end leaves as its reason. */
export class RecoveryFailed extends GoliveError {
  readonly fault: RecoveryFault;
  constructor(fault: RecoveryFault) {
    super(
      "DRILL_FAILED",
      `the recovery failed: ${fault.message}`,
      "See `golive backup list` for the moments that can be had back, and the log of the database's plugin-barman-cloud.",
    );
    this.fault = fault;
  }
}

/**
 * Has the operator recover a Cluster of its own from the archive and waits until it takes logins. Whatever happens it is deleted:
 * here, or with this pod by Kubernetes, or by the next drill.
 * @throws LOCKED while another pod drills; RecoveryFailed; DRILL_FAILED when the API refuses or the time is up
 */
export async function recoverServer(world: RecoveryWorld, target: Target): Promise<RecoveredServer> {
  const { report, signal, config } = world;
  const { name } = config.cluster.metadata;
  const clusters = clusterCalls(world);
  await removeLeftover(world, clusters);
  const created = new Date();
  report(`recovering ${name}: ${target.about}, position ${target.lsn}`);
  const dispose = async () => void (await removeCluster(world, clusters));
  try {
    await create(world, target);
    const { marks, ready } = await waitRecovered(world, clusters);
    return { host: `${name}-rw`, seconds: secondsOf(created, marks, ready), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    if (!(error instanceof GoliveError && error.code === "LOCKED")) await dispose();
    signal.throwIfAborted();
    throw error;
  }
}

/** Steps that the log does not tell of count to the next one that is known. Clocks of two machines are never quite the same. */
export function secondsOf(created: Date, { begun, fetched }: RecoveryMarks, ready: Date): RecoverySeconds {
  const between = (from: Date, to: Date) => Math.max(0, (to.getTime() - from.getTime()) / 1000);
  const began = begun ?? created;
  return {
    start: between(created, began),
    fetch: fetched === undefined ? 0 : between(began, fetched),
    restore: between(fetched ?? began, ready),
  };
}

interface ClusterObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly phase?: string;
    readonly phaseReason?: string;
    readonly managedRolesStatus?: {
      readonly byStatus?: { readonly reconciled?: readonly string[] };
      readonly cannotReconcile?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

/** The one Cluster that this program has a right on, and the pods of its recovery. */
interface ClusterCalls {
  get(signal: AbortSignal): Promise<ClusterObject | undefined>;
  remove(signal: AbortSignal): Promise<void>;
  /** Of the operator's job, newest attempt first. */
  recoveryPods(signal: AbortSignal): Promise<readonly { readonly name: string; readonly phase: string }[]>;
  log(pod: string, query: string, signal: AbortSignal): Promise<string>;
  podPhase(pod: string, signal: AbortSignal): Promise<string | undefined>;
}

function clusterCalls({ kubernetes, config }: RecoveryWorld): ClusterCalls {
  const { name } = config.cluster.metadata;
  const pods = ({ namespace }: KubernetesApi) => `/api/v1/namespaces/${namespace}/pods`;
  return {
    async get(signal) {
      const api = kubernetes(signal);
      return await unless404(api.ask("GET", `${clustersPath(api)}/${name}`) as Promise<ClusterObject>);
    },
    async remove(signal) {
      const api = kubernetes(signal);
      // Foreground: it is gone only when its pods and its volume are.
      await unless404(api.ask("DELETE", `${clustersPath(api)}/${name}?propagationPolicy=Foreground`));
    },
    async recoveryPods(signal) {
      const api = kubernetes(signal);
      const selector = encodeURIComponent(`cnpg.io/cluster=${name},cnpg.io/jobRole=full-recovery`);
      const { items } = (await api.ask("GET", `${pods(api)}?labelSelector=${selector}`)) as { items: PodObject[] };
      return items
        .toSorted((a, b) => Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp))
        .map(({ metadata, status }) => ({ name: metadata.name, phase: status?.phase ?? "Unknown" }));
    },
    // A container that has not begun has no log.
    async log(pod, query, signal) {
      const api = kubernetes(signal);
      return await api
        .text(`${pods(api)}/${encodeURIComponent(pod)}/log?container=full-recovery&${query}`)
        .catch((error: unknown) => {
          if (error instanceof KubernetesRefusal) return "";
          throw error;
        });
    },
    async podPhase(pod, signal) {
      const api = kubernetes(signal);
      const found = await unless404(api.ask("GET", `${pods(api)}/${encodeURIComponent(pod)}`) as Promise<PodObject>);
      return found?.status?.phase;
    },
  };
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly status?: { readonly phase?: string };
}

const clustersPath = ({ namespace }: KubernetesApi) => `/apis/postgresql.cnpg.io/v1/namespaces/${namespace}/clusters`;

async function unless404<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KubernetesRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** What an earlier drill has left goes first; what another pod works with does not. */
async function removeLeftover(world: RecoveryWorld, clusters: ClusterCalls): Promise<void> {
  const { report, signal, config } = world;
  const { name } = config.cluster.metadata;
  const found = await reach(clusters.get(signal));
  if (found === undefined) return;
  const holder = found.metadata.annotations?.[holderKey];
  if (holder !== undefined && holder !== config.pod?.name) {
    const phase = await reach(clusters.podPhase(holder, signal));
    if (phase === "Running" || phase === "Pending") throw locked(`pod ${holder} works with cluster ${name}`);
  }
  report(`deleting cluster ${name}, left by a drill that did not end`);
  if ((await removeCluster(world, clusters)) === "left")
    throw drillFailed(
      `cluster ${name}, left by an earlier drill, does not go`,
      `Look at it with \`golive kubectl describe cluster ${name}\`, then run the drill again.`,
    );
}

const locked = (message: string) =>
  new GoliveError("LOCKED", `another drill of the archive runs: ${message}`, "Wait for its end and run it again.");

async function create({ kubernetes, config, signal }: RecoveryWorld, { lsn, about }: Target): Promise<void> {
  const { cluster, pod } = config;
  const api = kubernetes(signal);
  const { recovery } = cluster.spec.bootstrap;
  const body = {
    ...cluster,
    metadata: {
      ...cluster.metadata,
      annotations: pod === undefined ? {} : { [holderKey]: pod.name },
      // Should this program be killed outright, the Cluster goes when its pod does.
      ...(pod === undefined ? {} : { ownerReferences: [{ apiVersion: "v1", kind: "Pod", ...pod }] }),
    },
    spec: {
      ...cluster.spec,
      description: `for a drill: ${about}`,
      bootstrap: {
        ...cluster.spec.bootstrap,
        // Exclusive: what begins at the position was written after the snapshot was taken.
        recovery: { ...recovery, recoveryTarget: { targetLSN: lsn, exclusive: true } },
      },
    },
  };
  try {
    await api.ask("POST", clustersPath(api), body);
  } catch (error) {
    if (error instanceof KubernetesRefusal && error.status === 409)
      throw locked(`cluster ${cluster.metadata.name} has just been made`);
    await reach(Promise.reject(error));
  }
}

async function waitRecovered(
  world: RecoveryWorld,
  clusters: ClusterCalls,
): Promise<{ marks: RecoveryMarks; ready: Date }> {
  const { config, report, signal, pauseMs = 2000 } = world;
  const { name } = config.cluster.metadata;
  const until = Date.now() + config.seconds * 1000;
  let marks: RecoveryMarks = { begun: undefined, fetched: undefined };
  let told = "";
  let answered = Date.now();
  for (;;) {
    try {
      const look = await lookAt(clusters, marks, signal);
      answered = Date.now();
      marks = look.marks;
      if (look.state === "gone")
        throw drillFailed(`cluster ${name} was deleted while it was recovered`, "Run the drill again.");
      if (look.state === "recovered") return { marks, ready: new Date() };
      if (look.fault) throw new RecoveryFailed(look.fault);
      if (look.phase !== told) report(`${name}: ${look.phase}`);
      told = look.phase;
    } catch (error) {
      signal.throwIfAborted();
      const refused = error instanceof KubernetesRefusal && [401, 403].includes(error.status);
      if (refused || error instanceof GoliveError || Date.now() - answered > silenceMs) throw asDrillFailure(error);
    }
    if (Date.now() > until)
      throw drillFailed(
        `${name} was not recovered within ${config.seconds} s: ${told}`,
        "Raise BACKUP_RECOVERY_SECONDS when the database has grown; else see the events of its pods.",
      );
    await pause(pauseMs, undefined, { signal });
  }
}

interface Look {
  readonly state: "gone" | "recovered" | "on its way";
  readonly phase: string;
  readonly marks: RecoveryMarks;
  readonly fault?: RecoveryFault | undefined;
}

async function lookAt(clusters: ClusterCalls, known: RecoveryMarks, signal: AbortSignal): Promise<Look> {
  const found = await clusters.get(signal);
  if (found === undefined) return { state: "gone", phase: "", marks: known };
  const { phase = "not begun", phaseReason, managedRolesStatus: roles = {} } = found.status ?? {};
  const refused = roles.cannotReconcile?.[role];
  if (refused)
    throw drillFailed(
      `role ${role} cannot log in to the recovered server: ${refused.join(", ")}`,
      "See the operator's log.",
    );
  const pods = await clusters.recoveryPods(signal);
  const marks = known.fetched === undefined ? await readMarks(clusters, pods, known, signal) : known;
  // Today's password is set after the server is up.
  if (phase === "Cluster in healthy state" && roles.byStatus?.reconciled?.includes(role))
    return { state: "recovered", phase, marks };
  const failed = pods.filter((pod) => pod.phase === "Failed");
  const fault = failed[0] && recoveryFault(await clusters.log(failed[0].name, "tailLines=200", signal));
  const hopeless = fault !== undefined && (fault.final || failed.length >= attempts);
  return {
    state: "on its way",
    phase: phaseReason ? `${phase}: ${phaseReason}` : phase,
    marks,
    ...(hopeless ? { fault } : {}),
  };
}

/** The operator deletes the job of a recovery when it is done, so its log is read while it runs. */
async function readMarks(
  clusters: ClusterCalls,
  [newest]: readonly { readonly name: string }[],
  known: RecoveryMarks,
  signal: AbortSignal,
): Promise<RecoveryMarks> {
  if (newest === undefined) return known;
  const { begun, fetched } = recoveryMarks(await clusters.log(newest.name, "limitBytes=262144", signal));
  return { begun: begun ?? known.begun, fetched };
}

/** Deletes the Cluster and waits until it is gone. Goes on after SIGTERM, and throws nothing: what was found out still counts. */
async function removeCluster(
  { config, report, signal, pauseMs = 2000 }: RecoveryWorld,
  clusters: ClusterCalls,
): Promise<"gone" | "left"> {
  const { name } = config.cluster.metadata;
  const limit = signal.aborted ? hurriedRemovalMs : removalMs;
  const time = AbortSignal.timeout(limit);
  let last = `it is still being deleted after ${limit / 1000} s`;
  let asked = false;
  while (!time.aborted)
    try {
      if (!asked) await clusters.remove(time);
      asked = true;
      if ((await clusters.get(time)) === undefined) return "gone";
      await pause(Math.min(pauseMs, 1000), undefined, { signal: time });
    } catch (error) {
      if (time.aborted) break;
      last = (error as Error).message;
      if (error instanceof KubernetesRefusal && error.status === 403) break;
      await pause(Math.min(pauseMs, 1000));
    }
  report(`warning: cluster ${name} is left: ${last}; the next drill deletes it`);
  return "left";
}

/** The API's trouble is the drill's: it says nothing about the archive. */
async function reach<T>(call: Promise<T>): Promise<T> {
  return await call.catch((error: unknown) => {
    throw asDrillFailure(error);
  });
}

function asDrillFailure(error: unknown): unknown {
  if (error instanceof GoliveError) return error;
  const { message } = error as Error;
  return drillFailed(
    message,
    "Check the rights of this pod's service account, and that the API server answers.",
    error,
  );
}
