import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Ended, SpawnOptions } from "./world.ts";

export interface ChildOptions extends SpawnOptions {
  /** Aborted: the child's group gets SIGINT, and SIGKILL when it has not ended within `grace` ms. */
  readonly signal?: AbortSignal;
  readonly grace?: number;
  /** Groups that a second Ctrl-C ends outright. */
  readonly groups?: Set<number>;
}

/**
 * Runs a program to its end. Its lines go to `output` as they come.
 * It gets a process group of its own: a Ctrl-C on the terminal reaches it through `signal`, once, and not a second time by the
 * terminal, which Pulumi would take for "stop at once". A child that inherits the terminal stays in its group and is asked by it.
 */
export async function runChild(file: string, args: readonly string[], options: ChildOptions): Promise<Ended> {
  const inherit = options.output === "inherit";
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ? { ...process.env, ...options.env } : process.env,
    detached: !inherit,
    stdio: inherit ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  const group = child.pid;
  if (group !== undefined && !inherit) options.groups?.add(group);
  const stop = () => {
    end(child.pid, inherit, "SIGINT");
    killer = setTimeout(() => end(child.pid, inherit, "SIGKILL"), options.grace ?? 10_000);
  };
  let killer: NodeJS.Timeout | undefined;
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    if (typeof options.output === "function") readLines(child, options.output);
    else if (options.output === "ignore") for (const stream of [child.stdout, child.stderr]) stream?.resume();
    return await new Promise<Ended>((resolve, reject) => {
      child.once("error", (cause) => reject(notStarted(file, cause)));
      // "close" comes when the pipes are drained too: no line is lost.
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
  } finally {
    clearTimeout(killer);
    options.signal?.removeEventListener("abort", stop);
    if (group !== undefined) options.groups?.delete(group);
  }
}

function end(pid: number | undefined, own: boolean, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(own ? pid : -pid, signal);
  } catch {
    // Ended in the meantime.
  }
}

function readLines(child: ReturnType<typeof spawn>, output: (line: string, stream: "stdout" | "stderr") => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (stream) createInterface({ input: stream }).on("line", (line) => output(line, name));
  }
}

function notStarted(file: string, cause: Error): GoliveError {
  return new GoliveError(
    "TOOL_MISSING",
    `cannot start ${file}: ${cause.message}`,
    "Run `golive doctor` to see which tools are missing.",
    { cause },
  );
}

/** The exit status a shell would show for it. */
export function exitStatus({ code, signal }: Ended): number {
  if (code !== null) return code;
  return 128 + (signal ? constants.signals[signal] : 0);
}
