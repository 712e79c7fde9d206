import { createInterface } from "node:readline";
import { execa } from "execa";
import { buildFailed, type Disk } from "./build-errors.ts";

/** Runs a program to its end and gives its standard output; a failure is a GoliveError with the program's last lines. */
export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<string>;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line the program prints. */
  readonly onLine?: (line: string) => void;
}

/**
 * Pid 1 of a process namespace and mounts of its own: killing it (Ctrl-C), or the death of golive itself, ends every
 * process of the build and unmounts everything, whatever the program was doing.
 */
const contained = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

export function containedRun(image: string, disk: () => Disk, signal: AbortSignal): Run {
  return async (program, args, { env = {}, onLine } = {}) => {
    signal.throwIfAborted();
    const child = execa("setpriv", [...contained, program, ...args], {
      env: { LC_ALL: "C.UTF-8", ...env },
      stdin: "ignore",
      reject: false,
      cancelSignal: signal,
      // Nothing to tidy inside: the namespace takes all with it, and its storage is tidied by the next step.
      killSignal: "SIGKILL",
    });
    if (onLine) createInterface({ input: child.stdout }).on("line", onLine);
    const { exitCode, stdout, stderr, code } = await child;
    if (exitCode === 0) return stdout;
    signal.throwIfAborted();
    throw buildFailed(image, { program, exitCode, errorCode: code, stdout, stderr }, disk());
  };
}
