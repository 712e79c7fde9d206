import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { clusterDir, locksDir } from "../places.ts";

/**
 * Where a cluster's files are, seen from the host and seen from within.
 * Inside the cluster's namespaces its folder always is `/run/cluster`: no program there ever sees where the user keeps it,
 * so a path with a space, a long path or a copied folder changes nothing.
 */
export interface Layout {
  readonly name: string;
  readonly dir: string;
  /** Admin's kubeconfig, mode 0600. */
  readonly kubeconfig: string;
  /** Control socket of the supervisor. */
  readonly socket: string;
  readonly supervisorLog: string;
  readonly logs: string;
  /** File whose lock the supervisor holds while it lives: one supervisor for this folder. */
  readonly lock: string;
  readonly file: (...path: string[]) => string;
}

/** Fixed paths inside the namespaces. `/run` is a tmpfs of the cluster: it is empty after every start, as after a boot. */
export const inside = {
  dir: "/run/cluster",
  tools: "/run/tools",
  tmp: "/run/tmp",
  containerdSocket: "/run/containerd/containerd.sock",
  volumes: "/run/cluster/volumes",
  pki: (file: string) => `/run/cluster/pki/${file}`,
  kubeconfig: (user: string) => `/run/cluster/kubeconfig/${user}.yaml`,
  config: (file: string) => `/run/cluster/config/${file}`,
} as const;

/** sun_path of a unix socket holds 108 bytes with its final zero. */
const socketPathLimit = 107;

export function layout(name: string, env: Readonly<Record<string, string | undefined>> = process.env): Layout {
  checkName(name);
  const dir = clusterDir(name, env);
  const socket = join(dir, "supervisor.sock");
  if (Buffer.byteLength(socket) > socketPathLimit)
    throw new GoliveError(
      "HOST_UNFIT",
      `the cluster's folder ${dir} is too deep: its socket's path has ${Buffer.byteLength(socket)} bytes, ${socketPathLimit} are allowed`,
      "Set GOLIVE_STATE to a shorter path, such as /var/lib/golive.",
    );
  return {
    name,
    dir,
    kubeconfig: join(dir, "kubeconfig.yaml"),
    socket,
    supervisorLog: join(dir, "log", "supervisor.log"),
    logs: join(dir, "log"),
    lock: join(locksDir(env), `cluster-${name}.lock`),
    file: (...path) => join(dir, ...path),
  };
}

/** The name becomes a kube context, a folder and a cgroup; the prefix keeps it recognisable as ours, and droppable. */
export function checkName(name: string): void {
  if (!/^golive(-[a-z0-9]+)*$/.test(name) || name.length > 30)
    throw new GoliveError(
      "USAGE",
      `"${name}" cannot name a cluster`,
      'Use "golive" or "golive-<word>": small letters, digits and hyphens, at most 30 characters.',
    );
}
