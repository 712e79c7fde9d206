import { readFile, statfs, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { hierarchies } from "./cgroups.ts";
import { layout } from "./layout.ts";
import { clashingRoute, linkFor, type Route } from "./network.ts";
import { run } from "./run.ts";

/** One thing the cluster needs of its host. JSON-able, for `golive doctor --json`. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly present: string;
  readonly needed: string;
  /** The next step when it is not ok. */
  readonly hint?: string;
}

/** Kernel limits that a node with a hundred pods runs into, by the value that kubelet, containerd and our services use with room to spare. */
export const limits = {
  "fs.inotify.max_user_instances": {
    needed: 512,
    why: "a shim, a kubelet watch and a log follower per pod; 128 are used up by ~40 pods",
  },
  "fs.inotify.max_user_watches": { needed: 65_536, why: "config and secret volumes are watched file by file" },
  "kernel.pid_max": { needed: 16_384, why: "one shim has ~10 threads, Postgres one process a connection" },
} as const satisfies Record<string, { needed: number; why: string }>;

/** Controllers that kubelet refuses to start without. */
export const neededControllers = ["cpu", "cpuacct", "cpuset", "memory", "pids"] as const;

/** Images, volumes and etcd of a small platform. Less, and the first backup fills the disk. */
export const neededDiskBytes = 6 * 2 ** 30;

/** Looks, and changes nothing but limits that are too low and may be raised. */
export async function preflight(name = "golive"): Promise<Finding[]> {
  const link = linkFor(name);
  const [limitFindings, controllers, disk, routes, bridge, namespaces] = await Promise.all([
    Promise.all(Object.entries(limits).map(([key, { needed }]) => raise(key, needed))),
    presentControllers(),
    freeBytes(layout(name).dir),
    hostRoutes(),
    readFile("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8").catch(() => undefined),
    run("unshare", ["--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]).catch(() => undefined),
  ]);
  const root = process.getuid?.() === 0;
  const missing = neededControllers.filter(
    (c) => !controllers.includes(c) && !(c === "cpuacct" && controllers.includes("v2")),
  );
  const clash = clashingRoute(link, routes);
  return [
    finding(
      "root",
      root,
      root ? "root" : `user ${process.getuid?.()}`,
      "root",
      "Run it with sudo: namespaces, mounts and links need it.",
    ),
    finding(
      "linux",
      process.platform === "linux",
      process.platform,
      "linux",
      "Name another cluster's kube context in the stack's configuration.",
    ),
    finding(
      "namespaces",
      namespaces?.code === 0,
      namespaces?.code === 0 ? "allowed" : (namespaces?.stderr.trim() ?? "unshare missing"),
      "allowed",
      "Run it on the machine itself or in a privileged container.",
    ),
    finding(
      "cgroup controllers",
      missing.length === 0,
      missing.length === 0 ? controllers.join(" ") : `missing: ${missing.join(" ")}`,
      neededControllers.join(" "),
      "Boot with these controllers enabled (cgroup_enable=… on the kernel's command line).",
    ),
    finding(
      "bridge netfilter",
      bridge !== undefined,
      bridge === undefined ? "absent" : "present",
      "present",
      "Load it with `modprobe br_netfilter`.",
    ),
    ...limitFindings,
    finding(
      "free disk",
      disk >= neededDiskBytes,
      gib(disk),
      gib(neededDiskBytes),
      `Free some space below ${layout(name).dir}.`,
    ),
    finding(
      "network",
      clash === undefined,
      clash ? `${clash.dst}${clash.dev ? ` on ${clash.dev}` : ""}` : "free",
      link.subnet,
      `Remove that network (a VPN or a container engine made it); see \`ip route get ${link.nodeIp}\`.`,
    ),
  ];
}

/** Throws one error that lists everything this machine lacks. */
export function refuseUnfit(findings: readonly Finding[]): void {
  const bad = findings.filter((f) => !f.ok);
  if (bad.length === 0) return;
  const onlyDisk = bad.every((f) => f.check === "free disk");
  throw new GoliveError(
    onlyDisk ? "DISK_FULL" : "HOST_UNFIT",
    `this machine cannot run the embedded cluster: ${bad.map((f) => `${f.check} is ${f.present}, needed is ${f.needed}`).join("; ")}`,
    bad
      .map((f) => f.hint)
      .filter(Boolean)
      .join(" "),
  );
}

/** Leaves a limit alone when it is high enough, raises it when that is allowed, and says so when it is not. */
async function raise(key: string, needed: number): Promise<Finding> {
  const file = `/proc/sys/${key.replaceAll(".", "/")}`;
  const read = async () => Number((await readFile(file, "utf8").catch(() => "0")).trim());
  let present = await read();
  if (present < needed) {
    await writeFile(file, String(needed)).catch(() => {});
    present = await read();
  }
  return finding(
    key,
    present >= needed,
    String(present),
    String(needed),
    `Raise it with \`sysctl -w ${key}=${needed}\`.`,
  );
}

async function presentControllers(): Promise<string[]> {
  const dirs = await hierarchies();
  const v2 = (await readFile("/sys/fs/cgroup/cgroup.controllers", "utf8").catch(() => "")).trim();
  if (v2) return ["v2", ...v2.split(" ")];
  return dirs.map((dir) => dir.slice("/sys/fs/cgroup/".length)).flatMap((dir) => dir.split(","));
}

async function freeBytes(dir: string): Promise<number> {
  // The folder may not exist yet: the nearest one that does is on the same disk.
  for (let at = dir; ; at = dirname(at)) {
    const fs = await statfs(at).catch(() => undefined);
    if (fs) return fs.bavail * fs.bsize;
    if (at === "/") return 0;
  }
}

async function hostRoutes(): Promise<Route[]> {
  const ran = await run("ip", ["-json", "-4", "route", "show", "table", "main"]).catch(() => undefined);
  return ran?.code === 0 ? (JSON.parse(ran.stdout || "[]") as Route[]) : [];
}

function finding(check: string, ok: boolean, present: string, needed: string, hint: string): Finding {
  return { check, ok, present, needed, ...(ok ? {} : { hint }) };
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
