import { spawn } from "node:child_process";
import { constants } from "node:os";
import { stripVTControlCharacters } from "node:util";

export interface ShellRun {
  readonly script: string;
  readonly cwd: string;
  /** The whole environment: nothing of golive's own comes beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

export interface ShellEnd {
  /** As a shell shows it: 128 and the signal's number for a command that a signal ended. */
  readonly exit: number;
  /** stdout and stderr in the order they came, without colours. */
  readonly output: string;
  readonly timedOut: boolean;
  /** True when the end of the output was thrown away. */
  readonly cut: boolean;
}

/** Runs a file by bash, which stops at the first command that fails and at a variable that is not set. */
export type Shell = (run: ShellRun) => Promise<ShellEnd>;

const mostCharacters = 256 * 1024;
/** golive takes ten seconds at most to end its own children in good order. */
const graceMs = 12_000;
/** What a command left behind may hold its output open; it is read for so long after the command's end. */
const drainMs = 250;

/** Groups of commands that may still run: whoever ends golive outright ends them too. */
const groups = new Set<number>();
process.on("exit", () => {
  for (const group of groups) signalGroup(group, "SIGKILL");
});

export const bash: Shell = ({ script, cwd, env, limitMs, signal }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn("bash", ["-eu", script], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    let [output, cut, timedOut] = ["", false, false];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        cut ||= output.length + text.length > mostCharacters;
        output = (output + text).slice(0, mostCharacters);
      });
    }
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      if (group !== undefined) signalGroup(group, "SIGTERM");
      killer ??= setTimeout(() => group !== undefined && signalGroup(group, "SIGKILL"), graceMs);
    };
    const limit = setTimeout(() => {
      timedOut = true;
      stop();
    }, limitMs);
    signal.addEventListener("abort", stop, { once: true });
    const settle = () => {
      clearTimeout(limit);
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, by) => {
      const end = () => {
        settle();
        if (group !== undefined && (signal.aborted || timedOut)) signalGroup(group, "SIGKILL");
        if (group !== undefined && !signalGroup(group, 0)) groups.delete(group);
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const exit = code ?? 128 + (by ? constants.signals[by] : 0);
        resolve({ exit, output: stripVTControlCharacters(output), timedOut, cut });
      };
      const drained = setTimeout(end, drainMs);
      child.once("close", () => {
        clearTimeout(drained);
        end();
      });
    });
  });

/** Ends what the commands of a page have left running. */
export function endLeftovers(): void {
  for (const group of groups) signalGroup(group, "SIGKILL");
  groups.clear();
}

/** False when nobody of the group is left. Signal 0 only asks. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
