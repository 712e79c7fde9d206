import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Ids of all processes in the same pid namespace as `holder`, that is the cluster's own processes and its pods' (whose namespaces lie inside). */
export function clusterProcesses(supervisor: number): number[] {
  const all = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
  const parents = new Map(
    all.flatMap((pid) => {
      const parent = /^PPid:\s+(\d+)$/m.exec(read(join("/proc", String(pid), "status")))?.[1];
      return parent ? [[pid, Number(parent)] as const] : [];
    }),
  );
  const below = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === supervisor) return true;
    return false;
  };
  return all.filter(below);
}

/** Proportional set size in bytes: a page that n processes share counts as one n-th in each. */
export function proportionalBytes(pid: number): number {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(read(join("/proc", String(pid), "smaps_rollup")))?.[1];
  return Number(kib ?? 0) * 1024;
}

/** Name of the program, for the table. */
export function programName(pid: number): string {
  try {
    return (
      readlinkSync(join("/proc", String(pid), "exe"))
        .split("/")
        .at(-1) ?? "?"
    );
  } catch {
    return "?";
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it ended while we looked
  }
}
