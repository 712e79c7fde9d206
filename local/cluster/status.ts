import { readFile } from "node:fs/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { askPublish, askStatus, type Phase, type SupervisorStatus } from "./control.ts";
import { layout } from "./layout.ts";
import { linkFor } from "./network.ts";
import type { PublishedPort } from "./ports.ts";

export interface ClusterStatus {
  readonly name: string;
  readonly phase: Phase | "stopped";
  readonly nodeIp: string;
  readonly kubeconfig: string;
  readonly supervisor?: { readonly pid: number; readonly rssBytes: number };
  /** Seconds since the cluster's last boot. */
  readonly uptimeSeconds?: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly components: SupervisorStatus["components"];
  readonly ports: SupervisorStatus["ports"];
}

/** How the cluster is, as its supervisor sees it. A cluster that does not run is an answer, not an error. */
export async function clusterStatus({ name }: { name: string }): Promise<ClusterStatus> {
  const place = layout(name);
  const now = await askStatus(place.socket);
  const versions = JSON.parse(await readFile(place.file("versions.json"), "utf8").catch(() => "{}"));
  return {
    name,
    phase: now?.phase ?? "stopped",
    nodeIp: linkFor(name).nodeIp,
    kubeconfig: place.kubeconfig,
    ...(now ? { supervisor: { pid: now.pid, rssBytes: now.rssBytes } } : {}),
    ...(now?.bootedAt ? { uptimeSeconds: Math.round((Date.now() - Date.parse(now.bootedAt)) / 1000) } : {}),
    versions,
    components: now?.components ?? {},
    ports: now?.ports ?? [],
  };
}

/** Serves these ports of the cluster on 127.0.0.1, and no others; remembered over restarts. */
export async function publishPorts({ name, ports }: { name: string; ports: readonly PublishedPort[] }): Promise<void> {
  if (!(await askPublish(layout(name).socket, ports)))
    throw new GoliveError("CLUSTER_FAILED", `the cluster ${name} does not run`, "Start it with `golive up`.");
}
