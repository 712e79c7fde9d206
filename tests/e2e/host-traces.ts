import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { linkFor } from "@golive/local/cluster/index.ts";

/** Everything a cluster could leave on its host, as sorted lines: compare one from before with one from after. */
export function hostTraces(name: string, stateDir: string): Record<string, string[]> {
  return {
    processes: processes()
      .filter(
        (p) => p.mounts.includes(stateDir) || p.args.includes(stateDir) || p.args.includes(`supervisor.ts ${name}`),
      )
      .map((p) => p.args),
    mounts: lines(readFileSync("/proc/self/mounts", "utf8")).filter((line) => line.includes(stateDir)),
    links: lines(execFileSync("ip", ["-brief", "link"], { encoding: "utf8" }))
      .map((line) => line.split(/[\s@]/)[0] ?? "")
      // Other clusters come and go beside this one.
      .filter((device) => device === linkFor(name).device || !device.startsWith("golive")),
    rules: rules(),
    cgroups: cgroups(name),
  };
}

/** Processes in the pid namespace of `pid`, and the host's processes that hold it. */
export function processesOf(worldPid: number, supervisor: number): number[] {
  const world = readlinkSync(`/proc/${worldPid}/ns/pid`);
  const all = processes();
  const holders = all.filter((p) => p.pid === supervisor || p.parent === supervisor).map((p) => p.pid);
  return [...new Set([...holders, ...all.filter((p) => p.pidNamespace === world).map((p) => p.pid)])];
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
  readonly mounts: string;
  readonly pidNamespace: string;
}

function processes(): Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
        const stat = read("stat");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        const args = read("cmdline").replaceAll("\0", " ").trim();
        return [
          { pid: Number(pid), parent, args, mounts: read("mounts"), pidNamespace: readlinkSync(`/proc/${pid}/ns/pid`) },
        ];
      } catch {
        return []; // it ended while we read
      }
    });
}

function rules(): string[] {
  const text = execFileSync("iptables-save", { encoding: "utf8" });
  // Packet counters and dates differ from call to call.
  return lines(text)
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/\[\d+:\d+\]/, ""));
}

function cgroups(name: string): string[] {
  return readdirSync("/sys/fs/cgroup").flatMap((hierarchy) => {
    try {
      return readdirSync(`/sys/fs/cgroup/${hierarchy}`)
        .filter((entry) => entry === name)
        .map((entry) => `${hierarchy}/${entry}`);
    } catch {
      return [];
    }
  });
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean).sort();
}
