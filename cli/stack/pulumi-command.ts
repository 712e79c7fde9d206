import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import {
  CommandError,
  ConcurrentUpdateError,
  PulumiCommand,
  StackAlreadyExistsError,
  StackNotFoundError,
} from "@pulumi/pulumi/automation/index.js";

export interface PulumiCommandHooks {
  readonly onChild: (pid: number | undefined) => void;
  readonly groups: Set<number>;
  /** Time that a cancelled update gets for what it has in hand before it is told to leave, and as much again before SIGKILL. */
  readonly grace: number;
}

/**
 * The SDK's command, run in a process group of its own. A Ctrl-C on the terminal would reach pulumi a second time otherwise, and the
 * second one means "leave your state behind" to it.
 */
export async function pulumiCommand(file: string, hooks: PulumiCommandHooks): Promise<PulumiCommand> {
  const bin = dirname(file);
  const known = basename(bin) === "bin" ? { root: dirname(bin) } : {};
  const base = await PulumiCommand.get(known);
  return Object.create(base, { run: { value: runIn(file, hooks) } }) as PulumiCommand;
}

type Sink = ((text: string) => void) | undefined;

function runIn(file: string, hooks: PulumiCommandHooks) {
  return async (
    args: string[],
    cwd: string,
    env: Record<string, string>,
    out: Sink,
    err: Sink,
    signal?: AbortSignal,
  ) => {
    const child = spawn(file, args.includes("--non-interactive") ? args : [...args, "--non-interactive"], {
      cwd,
      env: { ...process.env, ...env, PULUMI_AUTOMATION_API: "true" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    for (const [name, sink] of [
      ["stdout", out],
      ["stderr", err],
    ] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
        sink?.(text);
      });
    }
    const { pid } = child;
    if (pid !== undefined) hooks.groups.add(pid);
    hooks.onChild(pid);
    const timers: NodeJS.Timeout[] = [];
    const cancel = () => {
      const send = (name: NodeJS.Signals) => () => pid !== undefined && child.exitCode === null && tryKill(pid, name);
      send("SIGINT")();
      timers.push(setTimeout(send("SIGINT"), hooks.grace), setTimeout(send("SIGKILL"), 2 * hooks.grace));
    };
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const code = await new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (status) => resolve(status ?? -1));
      });
      if (code !== 0) throw commandError(code, said);
      return { ...said, code };
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      if (pid !== undefined) hooks.groups.delete(pid);
      hooks.onChild(undefined);
    }
  };
}

function tryKill(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // Ended in the meantime.
  }
}

/** The kinds that the SDK itself tells apart (it creates a stack on "not found"). */
function commandError(code: number, { stdout, stderr }: { stdout: string; stderr: string }): CommandError {
  const text = `pulumi ended with exit status ${code}\n${stderr}\n${stdout}`;
  if (/no stack named.*found/.test(stderr)) return new StackNotFoundError(text);
  if (/stack.*already exists/.test(stderr)) return new StackAlreadyExistsError(text);
  if (/currently locked by|Another update is currently in progress/.test(stderr))
    return new ConcurrentUpdateError(text);
  return new CommandError(text);
}
