import { GoliveError } from "@golive/errors/golive-error.ts";
import type { AppsV1Api, CoreV1Api, KubernetesObject, KubernetesObjectApi, V1Pod } from "@kubernetes/client-node";

/** What start.ts asks the API server, with the admin's kubeconfig. */
export interface Api {
  apply(objects: readonly KubernetesObject[]): Promise<void>;
  /** What keeps the node from being ready since `boot`, or undefined. */
  nodeMissing(boot: Date): Promise<string | undefined>;
  /** What keeps a deployment from serving as it was last applied, or undefined. Ask stalePods before. */
  deploymentMissing(namespace: string, name: string): Promise<string | undefined>;
  /** Pods that are shown as ready by a container of an earlier boot. */
  stalePods(boot: Date): Promise<string | undefined>;
  versions(): Promise<Readonly<Record<string, string>>>;
}

export async function openApi(kubeconfig: string): Promise<Api> {
  // Loaded late: it is large, and most callers find a running cluster and never need it.
  const {
    AppsV1Api: Apps,
    CoreV1Api: Core,
    KubeConfig,
    KubernetesObjectApi: Objects,
    PatchStrategy,
  } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core: CoreV1Api = config.makeApiClient(Core);
  const apps: AppsV1Api = config.makeApiClient(Apps);
  const objects: KubernetesObjectApi = Objects.makeApiClient(config);
  return {
    async apply(all) {
      for (const object of all)
        await objects
          .patch(object, undefined, undefined, "golive", true, PatchStrategy.ServerSideApply)
          .catch((cause) => {
            const what = `${object.kind} ${object.metadata?.name}`;
            throw new GoliveError(
              "CLUSTER_FAILED",
              `${what} was not accepted: ${said(cause)}`,
              "Run the same command again.",
              { cause },
            );
          });
    },
    nodeMissing: answered(async (boot: Date) => {
      const [node] = (await core.listNode()).items;
      if (!node) return "it has not registered";
      const ready = node.status?.conditions?.find((c) => c.type === "Ready");
      if (!ready || (ready.lastHeartbeatTime ?? boot) <= boot) return "no word from kubelet yet";
      if (ready.status !== "True") return ready.message ?? "not ready";
      if (node.spec?.taints?.some((t) => t.key?.startsWith("node.kubernetes.io/")))
        return "it is still marked as not ready";
      return undefined;
    }),
    deploymentMissing: answered(async (namespace: string, name: string) => {
      const { metadata, spec, status } = await apps.readNamespacedDeployment({ namespace, name });
      if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return "not looked at yet";
      const wanted = spec?.replicas ?? 1;
      if ((status?.updatedReplicas ?? 0) < wanted) return "no pod yet";
      if ((status?.replicas ?? 0) > wanted) return "the pod of before is still there";
      if ((status?.availableReplicas ?? 0) >= wanted) return undefined;
      const labelSelector = Object.entries(spec?.selector.matchLabels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      const { items } = await core.listNamespacedPod({ namespace, labelSelector });
      return items.map(podProblem).join("; ") || "no pod";
    }),
    stalePods: answered(async (boot: Date) => {
      const stale = (await core.listPodForAllNamespaces()).items.filter((pod) => isReady(pod) && isStale(pod, boot));
      return stale.length === 0
        ? undefined
        : stale.map((p) => `${p.metadata?.namespace}/${p.metadata?.name}`).join(", ");
    }),
    async versions() {
      const info = (await core.listNode()).items[0]?.status?.nodeInfo;
      return info
        ? { kubernetes: info.kubeletVersion, containerd: info.containerRuntimeVersion, kernel: info.kernelVersion }
        : {};
    },
  };
}

/** An API server that restarts while we wait is a reason to go on waiting. */
function answered<A extends unknown[]>(ask: (...args: A) => Promise<string | undefined>): typeof ask {
  return (...args) => ask(...args).catch(said);
}

function said(error: unknown): string {
  const { body, message } = error as { body?: string; message?: string };
  try {
    return (JSON.parse(body ?? "") as { message: string }).message;
  } catch {
    return message?.split("\n")[0] ?? String(error);
  }
}

export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

/**
 * After a boot the store still says what was true before it. A pod is as it is shown once all its containers have been
 * started since.
 */
export function isStale(pod: V1Pod, boot: Date): boolean {
  const started = pod.status?.containerStatuses?.map((c) => c.state?.running?.startedAt) ?? [];
  // The API counts in whole seconds.
  const second = Math.floor(boot.getTime() / 1000) * 1000;
  return started.some((at) => at !== undefined && new Date(at).getTime() < second);
}

function podProblem(pod: V1Pod): string {
  const waiting = pod.status?.containerStatuses?.map((c) => c.state?.waiting).find((w) => w !== undefined);
  const condition = pod.status?.conditions?.find((c) => c.status === "False" && c.message);
  const why = waiting
    ? `${waiting.reason ?? "waiting"} ${waiting.message ?? ""}`
    : (condition?.message ?? pod.status?.phase ?? "unknown");
  return `${pod.metadata?.name}: ${why.trim()}`;
}
