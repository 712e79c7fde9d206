import { GoliveError } from "@golive/errors/golive-error.ts";
import {
  Attach,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Exec,
  KubeConfig,
  Log,
  type V1Pod,
  VersionApi,
} from "@kubernetes/client-node";
import { execIn } from "./exec.ts";
import { runJob } from "./job.ts";
import type { CronJob, Kube, Pod } from "./kube.ts";
import { objectCalls } from "./objects.ts";

export interface Apis {
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
  readonly log: Log;
  readonly attach: Attach;
}

/** A cluster as it is, by one context of one kubeconfig; never the current context of whoever runs this. */
export function kubeClient(target: { kubeconfig: string; context: string }, signal: AbortSignal): Kube {
  const config = new KubeConfig();
  try {
    config.loadFromFile(target.kubeconfig);
  } catch (cause) {
    throw new GoliveError(
      "CLUSTER_UNREACHABLE",
      `cannot read kubeconfig ${target.kubeconfig}`,
      "Run `golive up`, or name another context under golive:cluster.",
      { cause },
    );
  }
  if (!config.getContexts().some(({ name }) => name === target.context)) {
    throw new GoliveError(
      "CLUSTER_UNREACHABLE",
      `kubeconfig ${target.kubeconfig} has no context "${target.context}"`,
      `It has: ${
        config
          .getContexts()
          .map(({ name }) => name)
          .join(", ") || "none"
      }. Set golive:cluster: {context: …}.`,
    );
  }
  config.setCurrentContext(target.context);
  const server = config.getCurrentCluster()?.server ?? "";
  const apis: Apis = {
    core: config.makeApiClient(CoreV1Api),
    batch: config.makeApiClient(BatchV1Api),
    log: new Log(config),
    attach: new Attach(config),
  };
  const reach = <T>(call: Promise<T>): Promise<T> =>
    call.catch((cause: unknown) => Promise.reject(unreachable(target.context, server, cause)));
  return {
    server: () => server,
    version: async () => (await reach(within(config.makeApiClient(VersionApi).getCode(), 10_000))).gitVersion,
    uid: async () => (await reach(apis.core.readNamespace({ name: "kube-system" }))).metadata?.uid ?? "",
    async pods({ namespace, label } = {}) {
      const query = label === undefined ? {} : { labelSelector: label };
      const call =
        namespace === undefined
          ? apis.core.listPodForAllNamespaces(query)
          : apis.core.listNamespacedPod({ ...query, namespace });
      return (await reach(call)).items.map(podFacts);
    },
    async cronJob(namespace, name) {
      try {
        const { spec, status } = await apis.batch.readNamespacedCronJob({ namespace, name });
        return {
          lastScheduled: iso(status?.lastScheduleTime),
          lastSucceeded: iso(status?.lastSuccessfulTime),
          suspended: spec?.suspend ?? false,
        } satisfies CronJob;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw unreachable(target.context, server, error);
      }
    },
    ...objectCalls(config.makeApiClient(CustomObjectsApi), reach),
    exec: (command) => execIn(new Exec(config), command, signal),
    async log({ namespace, pod, container, lines }) {
      const call = apis.core.readNamespacedPodLog({ namespace, name: pod, container, tailLines: lines });
      // A container that never ran has none.
      const text = await call.catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    runJob: (job) => runJob(apis, job, signal),
  };
}

export const statusOf = (error: unknown): number | undefined => (error as { code?: number }).code;
const iso = (date: Date | undefined) => (date === undefined ? undefined : new Date(date).toISOString());

async function within<T>(call: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return await Promise.race([call, late]).finally(() => clearTimeout(timer));
}

function unreachable(context: string, server: string, cause: unknown): unknown {
  const status = statusOf(cause);
  if (status === 403 || status === 401) {
    return new GoliveError(
      "CLUSTER_UNREACHABLE",
      `context "${context}" answers ${status} at ${server}`,
      "Log in to the cluster again, or check what this user may do.",
      { cause },
    );
  }
  if (typeof status === "number") return cause;
  const said = cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : String(cause);
  return new GoliveError(
    "CLUSTER_UNREACHABLE",
    `context "${context}" does not answer at ${server}: ${said}`,
    "For the embedded cluster run `golive cluster start`; else check that the cluster runs.",
    { cause },
  );
}

/** The facts of a pod that people and `status` look at. */
export function podFacts(pod: V1Pod): Pod {
  const labels = pod.metadata?.labels ?? {};
  const key = componentLabels.find((name) => labels[name]);
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = containers
    .map(({ state }) => state?.waiting)
    .find((state) => state?.reason && !calm.has(state.reason));
  return {
    namespace: pod.metadata?.namespace ?? "",
    name: pod.metadata?.name ?? "",
    component: key === undefined ? "" : (labels[key] ?? ""),
    selector: key === undefined ? "" : `${key}=${labels[key]}`,
    phase: pod.metadata?.deletionTimestamp ? "Terminating" : (pod.status?.phase ?? "Unknown"),
    ready: pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
    job: pod.metadata?.ownerReferences?.some(({ kind }) => kind === "Job") ?? false,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    node: pod.spec?.nodeName ?? "",
    since: iso(pod.status?.startTime),
    trouble: waiting ? [waiting.reason, waiting.message].filter(Boolean).join(": ") : undefined,
  };
}

/** Labels that say what a pod is part of, most telling first: the operator's, ours, and what cluster add-ons carry. */
const componentLabels = ["cnpg.io/cluster", "app.kubernetes.io/name", "k8s-app", "app"] as const;

/** Reasons to wait that pass by themselves. */
const calm = new Set(["ContainerCreating", "PodInitializing"]);
