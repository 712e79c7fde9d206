import { execFile } from "node:child_process";
import { GoliveError } from "@golive/errors/golive-error.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the system to its end and tells how it went; it does not throw on a bad exit. */
export function run(
  program: string,
  args: readonly string[],
  options: { signal?: AbortSignal; timeout?: number } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      {
        env: systemEnv(),
        maxBuffer: 64 << 20,
        timeout: options.timeout ?? 60_000,
        killSignal: "SIGKILL",
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === "number" ? error.code : -1) : 0;
        if (error && (error as NodeJS.ErrnoException).code === "ENOENT")
          reject(
            new GoliveError(
              "TOOL_MISSING",
              `the program ${program} is not installed`,
              "Run `golive doctor`; it names the package.",
              { cause: error },
            ),
          );
        else if (error?.name === "AbortError") reject(error);
        else resolve({ code, stdout, stderr });
      },
    );
  });
}

/** As `run`, but a bad exit is an error that carries what the program said. */
export async function must(
  program: string,
  args: readonly string[],
  options: { signal?: AbortSignal; timeout?: number } = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0)
    throw new GoliveError(
      "CLUSTER_FAILED",
      `${program} ${args[0] ?? ""} failed: ${(stderr || stdout).trim().split("\n").slice(-3).join("; ") || `exit status ${code}`}`,
      "Run `golive doctor` to see what this machine lacks.",
    );
  return stdout;
}

/**
 * What the cluster's programs see of the caller's environment: nothing. A proxy variable would send the API server's
 * calls to kubelet away from this machine, and secrets of the user's shell have no business in them.
 */
export function systemEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", ...more };
}
