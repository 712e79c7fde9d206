import { isAbsolute, join, resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What can be made again from the repository: `bin/`, `build/`, `images/`. Safe to delete.
 * Without HOME (a service, a bare container) there is still one fixed place.
 */
export function cacheDir(env: Env = process.env): string {
  const xdg = env.XDG_CACHE_HOME;
  // The XDG specification says that a relative path is to be ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, "golive");
  // Not os.homedir(): HOME unset means that none is wanted, though the password file may know one.
  const home = env.HOME;
  return home ? join(home, ".cache", "golive") : "/var/cache/golive";
}

/** What cannot be made again: clusters with their volumes, Pulumi state, the seed of generated secrets, locks. */
export function stateDir(env: Env = process.env): string {
  const chosen = env.GOLIVE_STATE;
  return chosen ? resolve(chosen) : "/var/lib/golive";
}

/** One cluster: keys, etcd, containerd, volumes, logs. Mode 0700. */
export function clusterDir(name: string, env: Env = process.env): string {
  return join(stateDir(env), "clusters", name);
}

/** One stack: Pulumi state and the seed of its secrets. Mode 0700. */
export function stackDir(stack: string, env: Env = process.env): string {
  return join(stateDir(env), "stacks", stack);
}

/** Lock files; kept apart from what they guard, so that a guarded folder can be deleted under its lock. */
export function locksDir(env: Env = process.env): string {
  return join(stateDir(env), "locks");
}
