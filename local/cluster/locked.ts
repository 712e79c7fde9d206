import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Layout } from "./layout.ts";
import { linkFor, linkLock } from "./network.ts";

/** Exit statuses of flock(1) when somebody else holds the folder, or the link. */
export const folderHeld = 75;
export const linkHeld = 76;

export interface Launched {
  readonly child: ChildProcess;
  /** Exit status, once it has ended. */
  exit: number | undefined;
}

/**
 * Starts a program of this folder that owns the cluster while it lives: under the lock of the cluster's folder and the lock of
 * its link. Detached; what it says goes to the supervisor's log.
 * flock holds a lock as an open file that becomes Node's own: it ends with the process, however that ends.
 */
export async function launch(
  place: Layout,
  program: "supervisor.ts" | "clean.ts",
  ...more: string[]
): Promise<Launched> {
  await mkdir(dirname(place.lock), { recursive: true, mode: 0o700 });
  await mkdir(place.logs, { recursive: true, mode: 0o700 });
  const log = await open(place.supervisorLog, "a", 0o600);
  const locked = (file: string, held: number) => [
    "flock",
    "--nonblock",
    "--conflict-exit-code",
    String(held),
    "--no-fork",
    file,
  ];
  const [command, ...args] = [
    ...locked(place.lock, folderHeld),
    ...locked(linkLock(linkFor(place.name)), linkHeld),
    ...[process.execPath, "--max-old-space-size=96", join(import.meta.dirname, program), place.name, ...more],
  ] as [string, ...string[]];
  const child = spawn(command, args, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log.fd, log.fd],
    env: keptEnv(process.env),
  });
  const launched: Launched = { child, exit: undefined };
  child.once("error", () => {
    launched.exit = -1;
  });
  child.once("exit", (code) => {
    launched.exit = code ?? -1;
  });
  child.unref();
  await log.close();
  return launched;
}

/** What it keeps of our environment: where things are, and no secrets that happen to be in a shell. */
export function keptEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = ["PATH", "HOME", "XDG_CACHE_HOME", "GOLIVE_STATE", "LANG", "TZ"];
  return Object.fromEntries(kept.flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])));
}

export function linkInUse(place: Layout): GoliveError {
  return new GoliveError(
    "LOCKED",
    `a cluster that is kept in another folder than ${place.dir} uses the network ${linkFor(place.name).subnet}`,
    "Stop it with the GOLIVE_STATE that it was started with, or give this cluster another name.",
  );
}
