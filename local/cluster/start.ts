import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { ensureImages } from "../images/index.ts";
import type { Progress } from "../report.ts";
import { ensurePackages, ensureTools, toolPath } from "../toolchain/index.ts";
import { coredns } from "./addons/coredns.ts";
import { localPath } from "./addons/local-path.ts";
import { componentRights } from "./addons/rbac.ts";
import { openApi } from "./api.ts";
import { componentNames } from "./components.ts";
import { sandboxImage } from "./config-files.ts";
import { askStatus, type SupervisorStatus } from "./control.ts";
import { tagImage } from "./images.ts";
import { type Layout, layout } from "./layout.ts";
import { folderHeld, type Launched, launch, linkHeld, linkInUse } from "./locked.ts";
import { tellingLine } from "./logs.ts";
import { linkFor } from "./network.ts";
import { clusterPackages } from "./packages.ts";
import { preflight, refuseUnfit } from "./preflight.ts";
import { waitFor } from "./wait.ts";

export interface Cluster {
  readonly name: string;
  /** Kube context in `kubeconfig`. */
  readonly context: string;
  /** Admin's kubeconfig: a path, mode 0600. */
  readonly kubeconfig: string;
  readonly nodeIp: string;
}

/**
 * Brings the cluster up, whatever state it is in: absent, stopped, killed, or running. Returns when the node is ready,
 * names resolve and volumes can be made. Twice at once is one cluster.
 */
export async function startCluster({ name, report, signal }: { name: string } & Progress): Promise<Cluster> {
  const place = layout(name);
  const link = linkFor(name);
  const cluster: Cluster = { name, context: name, kubeconfig: place.kubeconfig, nodeIp: link.nodeIp };

  let status = await askStatus(place.socket);
  if (!status || status.phase === "stopping") {
    await ensurePackages(clusterPackages, { report, signal });
    await ensureTools(clusterTools, { report, signal });
    report("checking this machine");
    refuseUnfit(await preflight(name));
    report("starting the control plane");
    status = await superviseUntil(place, signal);
  }
  status = await waitForComponents(place, ["containerd", "kube-apiserver"], signal);
  await ensureAddons(place, status, { report, signal });
  return cluster;
}

/** What runs the cluster, and what its add-ons' images are made of. */
const clusterTools = ["kubernetes", "kube-router", "coredns", "local-path-provisioner"] as const;

/** Starts a supervisor, or finds that of somebody who was quicker; waits until one answers that is not on its way out. */
async function superviseUntil(place: Layout, signal: AbortSignal): Promise<SupervisorStatus> {
  await mkdir(place.logs, { recursive: true, mode: 0o700 });
  const tools = Object.fromEntries(componentNames.filter((c) => c !== "containerd").map((c) => [c, toolPath(c)]));
  await writeFile(place.file("tools.json.new"), JSON.stringify(tools), { mode: 0o600 });
  await rename(place.file("tools.json.new"), place.file("tools.json"));
  await rm(place.file("problem.json"), { force: true });

  let launched: Launched | undefined;
  let found: SupervisorStatus | undefined;
  await waitFor(
    async () => {
      const status = await askStatus(place.socket);
      if (status && status.phase !== "stopping") {
        found = status;
        return undefined;
      }
      if (status) return "the cluster is being stopped";
      if (launched?.exit === linkHeld) throw linkInUse(place);
      if (launched?.exit !== undefined && launched.exit !== folderHeld) throw await failure(place);
      if (!launched || launched.exit === folderHeld) launched = await launch(place, "supervisor.ts");
      return "its supervisor does not answer";
    },
    {
      what: `the cluster ${place.name} to start`,
      seconds: 60,
      signal,
      hint: `Another run may be stopping it: try again. Its log is ${place.supervisorLog}.`,
    },
  );
  return found as SupervisorStatus;
}

/** Waits for components; gives up early when one of them keeps falling over, with the last thing it said. */
async function waitForComponents(
  place: Layout,
  names: readonly (typeof componentNames)[number][],
  signal: AbortSignal,
): Promise<SupervisorStatus> {
  let status: SupervisorStatus | undefined;
  await waitFor(
    async () => {
      status = await askStatus(place.socket);
      if (!status) throw await failure(place);
      for (const [name, c] of Object.entries(status.components))
        if (c.failing >= 6 && c.state !== "ready")
          throw new GoliveError(
            "CLUSTER_FAILED",
            `${name} does not stay up (${c.lastExit}): ${await tellingLine(c.log)}`,
            `Its log is ${c.log}. If the cluster's files are damaged, delete the cluster and restore from a backup.`,
          );
      const missing = names.filter((n) => status?.components[n]?.state !== "ready");
      return missing.length === 0 ? undefined : `${missing.join(", ")} not ready`;
    },
    { what: "the control plane", seconds: 120, signal, hint: `Read the logs in ${place.logs}.` },
  );
  return status as SupervisorStatus;
}

async function ensureAddons(place: Layout, status: SupervisorStatus, { report, signal }: Progress): Promise<void> {
  const boot = new Date(status.bootedAt ?? 0);
  const api = await openApi(place.kubeconfig);
  await api.apply(componentRights);
  const names = ["pause", "coredns", "local-path-provisioner", "local-path-helper"] as const;
  const images = await ensureImages({ cluster: place.name, names: [...names], report, signal });
  await tagImage({ name: place.name, from: images.pause, to: sandboxImage });
  await api.apply([
    ...coredns(images.coredns),
    ...localPath(images["local-path-provisioner"], images["local-path-helper"]),
  ]);
  report("waiting for the node, DNS and volumes");
  await waitForComponents(place, componentNames, signal);
  const waiting = { seconds: 120, signal, hint: `Read ${place.file("log", "kubelet.log")}.` };
  await waitFor(() => api.nodeMissing(boot), { what: "the node", ...waiting });
  // First, as the next two answers would otherwise be those of before the boot.
  await waitFor(() => api.stalePods(boot), { what: "pods of before the start", ...waiting });
  await waitFor(() => api.deploymentMissing("kube-system", "coredns"), { what: "cluster DNS", ...waiting });
  await waitFor(() => api.deploymentMissing("local-path-storage", "local-path-provisioner"), {
    what: "the volume provisioner",
    ...waiting,
  });
  await writeFile(place.file("versions.json"), JSON.stringify(await api.versions()), { mode: 0o600 });
}

/** Why the supervisor ended, from what it left. */
async function failure(place: Layout): Promise<GoliveError> {
  const left = await readFile(place.file("problem.json"), "utf8")
    .then(JSON.parse)
    .catch(() => undefined);
  if (left) return new GoliveError(left.code, left.message, left.hint || `Its log is ${place.supervisorLog}.`);
  return new GoliveError(
    "CLUSTER_FAILED",
    `the supervisor of ${place.name} ended: ${await tellingLine(place.supervisorLog)}`,
    `Its log is ${place.supervisorLog}.`,
  );
}
