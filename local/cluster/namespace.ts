import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { inside, type Layout } from "./layout.ts";
import type { Link } from "./network.ts";
import { must, systemEnv } from "./run.ts";

/**
 * The cluster's world: a network, mount and pid namespace whose pid 1 is tini. Whoever kills pid 1, or this process, ends
 * everything in it: the kernel then removes its processes, mounts, links and packet rules. A new start is a boot.
 */
export interface World {
  /** Host's number of pid 1. */
  readonly pid: number;
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

/** argv that runs a program in the world. */
export function enter(pid: number, argv: readonly string[]): [string, string[]] {
  return ["nsenter", ["--target", String(pid), "--net", "--mount", "--pid", "--", ...argv]];
}

export async function createWorld(place: Layout, link: Link, tools: Readonly<Record<string, string>>): Promise<World> {
  // setpriv: unshare dies with us. --kill-child: pid 1 dies with unshare. The kernel does the rest, also after kill -9.
  const holder = spawn(
    "setpriv",
    [
      "--pdeathsig",
      "KILL",
      "unshare",
      "--net",
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "tini",
      "--",
      "sleep",
      "infinity",
    ],
    { env: systemEnv(), stdio: ["ignore", "inherit", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => {
    holder.once("exit", () => resolve());
    holder.once("error", () => resolve());
  });
  const pid = await pidOne(holder);
  const world: World = {
    pid,
    ended,
    async end() {
      // unshare reports the end of pid 1, and pid 1 ends after everything else in its namespace has.
      killQuietly(pid);
      await ended;
    },
  };
  try {
    await must(...enter(pid, ["sh", "-euc", mountScript(place.dir, tools)]));
    await joinLink(pid, link);
  } catch (error) {
    await world.end();
    throw error;
  }
  return world;
}

/** Kernel settings of the whole machine that kubelet refuses to run without. It finds them set here; the host keeps its own. */
const shownSettings: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/** The world's file system: the host's, with fresh /run, /sys, /var/lib and /var/log, so that nothing is left in the host's. */
export function mountScript(dir: string, tools: Readonly<Record<string, string>>): string {
  const q = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    // Built beside the cluster's files and moved into place, as those may themselves lie below /run or /var/lib.
    `cd ${q(dir)}`,
    "mount -n -t tmpfs -o mode=755,size=64m golive-run ns",
    `mkdir -p ns/cluster ns/tools ns/tmp ns/settings ns/cgroup ns/empty ns/netns ns/lock`,
    "mount -n --bind . ns/cluster",
    ...Object.entries(tools).flatMap(([name, path]) => [
      `touch ns/tools/${name}`,
      `mount -n --bind ${q(path)} ns/tools/${name}`,
    ]),
    "mount -n --move ns /run",
    // A fresh sysfs shows the links of this network; the cgroup trees keep their place in it.
    "mount -n --rbind /sys/fs/cgroup /run/cgroup",
    "mount -n -t sysfs sysfs /sys",
    "mount -n --rbind /run/cgroup /sys/fs/cgroup",
    "umount -n -R -l /run/cgroup",
    ...Object.entries(shownSettings).flatMap(([path, value]) => {
      const file = `/run/settings/${path.replaceAll("/", ".")}`;
      return [`echo ${value} > ${file}`, `mount -n --bind ${file} /proc/sys/${path}`];
    }),
    "mount -n -t tmpfs -o mode=755,size=64m golive-lib /var/lib", // cni and kubelet keep small files there by fixed names
    "mkdir -p /run/cluster/log/pods",
    "mount -n --bind /run/cluster/log /var/log",
    "chmod 1777 /run/tmp",
  ].join("\n");
}

async function joinLink(pid: number, link: Link): Promise<void> {
  await must("ip", ["link", "add", link.device, "type", "veth", "peer", "name", "eth0", "netns", String(pid)]);
  await must("ip", ["address", "add", `${link.hostIp}/30`, "dev", link.device]);
  await must("ip", ["link", "set", link.device, "up"]);
  const script = [
    "ip link set lo up",
    `ip address add ${link.nodeIp}/30 dev eth0`,
    "ip link set eth0 up",
    `ip route add default via ${link.hostIp}`,
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    // A connection that is being closed keeps this network alive after its processes: not for the usual two minutes.
    "echo 1 > /proc/sys/net/ipv4/tcp_orphan_retries",
    // Pods share a bridge: without this, packets between them pass by iptables, and with it by Services and NetworkPolicies.
    "echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables",
  ].join("\n");
  await must(...enter(pid, ["sh", "-euc", script]));
}

async function pidOne(holder: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    if (holder.pid === undefined || holder.exitCode !== null || holder.signalCode !== null) break;
    const pid = await childOf(holder.pid);
    if (pid !== undefined && (await comm(pid)) === "tini") return pid;
    await sleep(25);
  }
  holder.kill("SIGKILL");
  throw new GoliveError(
    "HOST_UNFIT",
    "this machine did not let the cluster have namespaces of its own",
    "Run `golive doctor`; root and unshare(1) are needed.",
  );
}

/** The one child of a process, by the kernel's own list. */
export async function childOf(pid: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const first = Number.parseInt(children, 10);
  return Number.isNaN(first) ? undefined : first;
}

async function comm(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
}

export function killQuietly(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended first
  }
}

export const worldPath = (pid: number, path: string) => `/proc/${pid}/root${path}`;
export const toolInside = (name: string) => `${inside.tools}/${name}`;
