import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PulumiLock {
  readonly pid: number;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Locks on the stack in a file:// backend. Other backends are asked by Pulumi itself. */
export function pulumiLocks(backendUrl: string, project: string, stack: string): PulumiLock[] {
  if (!backendUrl.startsWith("file:///")) return [];
  const folder = join(fileURLToPath(backendUrl), ".pulumi/locks/organization", project, stack);
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), "utf8")) as PulumiLock];
    } catch {
      // Half-written by a run that was killed in between: nobody's.
      return [{ pid: 0, hostname: hostname(), timestamp: "" }];
    }
  });
}

/** Locks whose process still runs. One of another machine cannot be judged from here, so it counts as running. */
export function held(locks: readonly PulumiLock[], isAlive: (pid: number) => boolean): PulumiLock[] {
  return locks.filter((lock) => lock.hostname !== hostname() || (lock.pid > 0 && isAlive(lock.pid)));
}
