import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/sys/fs/cgroup";

/** Every mounted hierarchy: one a controller on v1, the root itself on v2. */
export async function hierarchies(): Promise<string[]> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  return mounts
    .filter(([, at, type]) => at?.startsWith(root) && (type === "cgroup" || type === "cgroup2"))
    .map(([, at]) => at as string);
}

/** On v2 a controller reaches a group only when its parent hands it down. */
const handedDown = ["cpuset", "cpu", "io", "memory", "pids"];

/** kubelet wants its root to exist, in each hierarchy; a new cpuset is useless until it has processors and memory. */
export async function makeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const dir = join(hierarchy, name);
    await mkdir(dir, { recursive: true });
    for (const controller of handedDown) for (const group of [hierarchy, dir]) await enable(group, controller);
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const [mine, parents] = await Promise.all([read(join(dir, file)), read(join(hierarchy, file))]);
      if (mine === "" && parents) await writeFile(join(dir, file), parents);
    }
  }
}

async function enable(group: string, controller: string): Promise<void> {
  const file = join(group, "cgroup.subtree_control");
  // v1 has no such file; what a v2 root does not offer, preflight has named.
  if ((await read(file)) !== undefined) await writeFile(file, `+${controller}`).catch(() => {});
}

/** Removes the cluster's groups, deepest first. A group stays busy for a moment after its last process has died. */
export async function removeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, name));
}

async function removeTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return;
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  for (let tries = 0; ; tries++) {
    try {
      return await rmdir(dir);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || tries >= 50) throw error;
      await sleep(100);
    }
  }
}

async function read(path: string): Promise<string | undefined> {
  return (await readFile(path, "utf8").catch(() => undefined))?.trim();
}
