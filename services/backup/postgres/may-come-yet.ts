/** How long a process of a pod asks again, in seconds since its start. */
const firstSeconds = 15;

/**
 * A pod runs before its node lets it through to its peers: what is refused in its first seconds is not refused for long.
 * @param uptime seconds since the process started
 * @param env Kubernetes sets KUBERNETES_SERVICE_HOST in every pod; elsewhere a refusal is one
 */
export function mayComeYet(error: unknown, uptime: number, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.KUBERNETES_SERVICE_HOST === undefined || uptime > firstSeconds) return false;
  for (let it = error; it instanceof Error; it = it.cause)
    if ((it as NodeJS.ErrnoException).code === "ECONNREFUSED") return true;
  return false;
}
