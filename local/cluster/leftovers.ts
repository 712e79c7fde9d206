import { readdir, readFile, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { removeCgroups } from "./cgroups.ts";
import { inside, type Layout } from "./layout.ts";
import { worldPath } from "./namespace.ts";
import type { Link } from "./network.ts";
import { must, run } from "./run.ts";

/**
 * What a killed cluster leaves behind. Its processes, mounts and rules the kernel removes with the namespaces, in the
 * background; on the host remain a socket's name, empty cgroups and the link, which a connection that was being closed can
 * hold for minutes. Run under both locks: nobody else uses what is removed here.
 */
export async function clearLeftovers(place: Layout, link: Link): Promise<void> {
  await rm(place.socket, { force: true });
  await waitUntilWorldIsEmpty(place);
  for (const at of mountsBelow(await readFile("/proc/self/mounts", "utf8"), place.dir))
    await must("umount", ["-l", at]);
  await removeLink(link);
  await removeCgroups(place.name);
}

/** Deletes the host's end of the link, and the cluster's with it. */
export async function removeLink(link: Link): Promise<void> {
  await run("ip", ["link", "delete", link.device]);
}

/** Mount points of the host below a folder, deepest first. None is expected: the cluster mounts in its own namespace. */
export function mountsBelow(mounts: string, dir: string): string[] {
  return mounts
    .split("\n")
    .map((line) => unescapeMount(line.split(" ")[1] ?? ""))
    .filter((at) => at.startsWith(`${dir}/`))
    .sort((a, b) => b.length - a.length);
}

/** The kernel writes blanks and backslashes of a path as octal numbers. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Processes killed in the middle of a write end when the disk answers: two etcd on one folder would be the end of it. */
async function waitUntilWorldIsEmpty(place: Layout): Promise<void> {
  let left: number[] = [];
  for (let tries = 0; tries < 100; tries++) {
    left = await insiders(place.dir);
    if (left.length === 0) return;
    await sleep(100);
  }
  throw new GoliveError(
    "CLUSTER_FAILED",
    `processes of the cluster's last run are still there, 10 s after their end: ${left.join(" ")}`,
    "A disk that hangs is the usual cause; see `ps -o pid,stat,wchan,args`.",
  );
}

/** Processes that see this very folder as their cluster's. */
async function insiders(dir: string): Promise<number[]> {
  const folder = await stat(dir);
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const seen = await Promise.all(pids.map((pid) => stat(worldPath(pid, inside.dir)).catch(() => undefined)));
  return pids.filter((_, i) => seen[i]?.dev === folder.dev && seen[i]?.ino === folder.ino);
}
