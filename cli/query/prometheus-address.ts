import { type AddressInfo, createServer, type Socket } from "node:net";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { World } from "../core/world.ts";
import { kubeconfigOf } from "../stack/env.ts";
import type { Settings } from "../stack/settings.ts";

const port = 9090;

export interface PrometheusAddress {
  readonly origin: string;
  close(): void;
}

/** Where the stack's Prometheus answers: its published port, or a port of this machine that is carried to the pod. */
export async function prometheusAddress(world: World, settings: Settings): Promise<PrometheusAddress> {
  const { nodePorts } = (settings.config.parsed as { readonly publish: { readonly nodePorts: boolean } }).publish;
  const endpoint = settings.config.endpoints.find(({ name }) => name === "prometheus");
  if (settings.target.kind === "embedded" && nodePorts && endpoint)
    return { origin: new URL(endpoint.health).origin, close: () => {} };
  return await forwarded(world, settings);
}

/** By the kubelet, as `kubectl port-forward` does it: network policies let nobody else in. */
async function forwarded(world: World, settings: Settings): Promise<PrometheusAddress> {
  const target = { kubeconfig: await kubeconfigOf(world, settings), context: settings.target.context };
  const kube = await world.kube(target);
  const namespace = `${settings.config.namespacePrefix}-observability`;
  const pods = await kube.pods({ namespace, label: "app.kubernetes.io/name=prometheus" });
  const pod = pods.find(({ ready }) => ready);
  if (!pod)
    throw new GoliveError(
      "CLUSTER_UNREACHABLE",
      `no pod of Prometheus is ready in ${namespace}`,
      "Run `golive status`, then `golive logs prometheus`.",
    );
  const { KubeConfig, PortForward } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(target.kubeconfig);
  config.setCurrentContext(target.context);
  const forward = new PortForward(config);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.once("close", () => open.delete(socket)));
    socket.on("error", () => socket.destroy());
    // The pod's side ends with the socket; what it refuses shows as an answer that does not come.
    forward.portForward(namespace, pod.name, [port], socket, null, socket).then(
      (tunnel) => socket.once("close", () => "close" in tunnel && tunnel.close()),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
