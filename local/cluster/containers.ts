import { setTimeout as sleep } from "node:timers/promises";
import { inside } from "./layout.ts";
import { enter } from "./namespace.ts";
import { type Ran, run } from "./run.ts";

/** `ctr` of the cluster's containerd, in the namespace that Kubernetes uses. */
export function ctr(
  worldPid: number,
  args: readonly string[],
  options: { signal?: AbortSignal; timeout?: number } = {},
): Promise<Ran> {
  return run(
    ...enter(worldPid, ["ctr", "--address", inside.containerdSocket, "--namespace", "k8s.io", ...args]),
    options,
  );
}

/** Rows of `ctr tasks list` that run. */
export function runningTasks(listing: string): string[] {
  return listing
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , status]) => status === "RUNNING")
    .map(([id]) => id as string);
}

/**
 * Ends every container as Kubernetes would, with a signal and time to write to disk; whatever stays is killed with the
 * namespaces. Sandboxes ignore nothing and go at once, so what counts is the containers in them.
 */
export async function endContainers(worldPid: number, graceMs: number): Promise<void> {
  const until = Date.now() + graceMs;
  const tasks = async () => runningTasks((await ctr(worldPid, ["tasks", "list"], { timeout: 5000 })).stdout);
  const sandboxes = new Set(await sandboxIds(worldPid));
  const ids = (await tasks()).filter((id) => !sandboxes.has(id));
  await Promise.all(ids.map((id) => ctr(worldPid, ["tasks", "kill", "--signal", "SIGTERM", id], { timeout: 5000 })));
  const left = new Set(ids);
  while (left.size > 0 && Date.now() < until) {
    await sleep(300);
    const now = new Set(await tasks());
    for (const id of left) if (!now.has(id)) left.delete(id);
  }
  if (left.size > 0) console.log(`${left.size} containers did not end in ${graceMs / 1000} s`);
}

/** A pod's network must outlive its containers: they say goodbye over it. */
async function sandboxIds(worldPid: number): Promise<string[]> {
  const { stdout } = await ctr(
    worldPid,
    ["containers", "list", "--quiet", 'labels."io.cri-containerd.kind"==sandbox'],
    { timeout: 5000 },
  );
  return stdout.split("\n").filter(Boolean);
}
