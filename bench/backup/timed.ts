import { spawn } from "node:child_process";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { processTree, residentBytes } from "./process-tree.ts";

/** Of one command with all its children. */
export interface Timed {
  /** Wall clock, seconds. */
  readonly seconds: number;
  /** User and system time of every process of it, seconds. */
  readonly cpu: number;
  /** Most resident memory of all its processes together, in MB of 10^6 bytes. Pages that two of them share count twice. */
  readonly rss: number;
}

export interface Command {
  readonly argv: readonly string[];
  /** All that it gets: nothing of the caller's shell may make one arm faster than it is elsewhere. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** 20 looks a second cost a hundredth of a core, and no command here holds its peak for less. */
const lookEveryMs = 50;
/** Time that an interrupted command has to clean up. */
const graceMs = 20_000;

/** A pipeline that fails when any part of it does, so that no early end looks fast. */
export const bash = (script: string): string[] => ["bash", "-c", `set -euo pipefail; ${script}`];

/** Runs a command under GNU time, as a process group of its own. @throws BACKUP_FAILED with what it said; the signal's reason when aborted */
export async function timed({ argv, env, cwd = "/", owner }: Command, signal: AbortSignal): Promise<Timed> {
  signal.throwIfAborted();
  const child = spawn("/usr/bin/time", ["--quiet", "-f", "golive-time %e %U %S %M", ...argv], {
    env,
    cwd,
    ...owner,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-8000);
  });
  // "close" comes when the last process of the group has let go of stderr, not when the first one is gone.
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const { pid } = child;
  if (pid === undefined)
    throw new GoliveError("TOOL_MISSING", "there is no /usr/bin/time", "Run apt-get install time.", {
      cause: await ended.catch((error: unknown) => error),
    });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(
      peak,
      processTree(pid).reduce((sum, one) => sum + residentBytes(one), 0),
    );
  }, lookEveryMs);
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(pid, "SIGTERM");
    killing = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
  };
  signal.addEventListener("abort", stop, { once: true });
  const exit = await ended.finally(() => {
    clearInterval(look);
    clearTimeout(killing);
    signal.removeEventListener("abort", stop);
  });
  signal.throwIfAborted();
  const [line, wall, user, system, largest] = /golive-time (\S+) (\S+) (\S+) (\S+)\n/.exec(stderr) ?? [];
  if (exit !== 0 || line === undefined)
    throw new GoliveError(
      "BACKUP_FAILED",
      `${argv.slice(0, 3).join(" ")} ended with ${exit}: ${redact(stderr.replace(line ?? "", "").trim())}`,
      "Cure what it names and start the benchmark again.",
    );
  // One that is shorter than a look has its own word for its largest process.
  const bytes = Math.max(peak, Number(largest) * 1024);
  return { seconds: Number(wall), cpu: Number(user) + Number(system), rss: Math.round(bytes / 1e6) };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone.
  }
}
