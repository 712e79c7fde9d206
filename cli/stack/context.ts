import { isIP } from "node:net";

/** Contexts that tools for local clusters give their own clusters. */
const localContexts = [
  /^golive(-[a-z0-9]+)*$/,
  /^kind-/,
  /^k3d-/,
  /^minikube$/,
  /^docker-desktop$/,
  /^rancher-desktop$/,
  /^colima(-.+)?$/,
  /^orbstack$/,
] as const;

/** Names that only ever mean this machine. */
const localHosts = ["localhost", "kubernetes.docker.internal", "host.docker.internal", "k8s.orb.local"];

/**
 * Why the stack `local` must not run against this context, or undefined when it may. Name and address both have to be local: a
 * context called "kind-prod" that points at a public address is refused like any other.
 */
export function refusal(context: string, server: string): string | undefined {
  if (!localContexts.some((pattern) => pattern.test(context))) return `"${context}" is not the name of a local cluster`;
  const host = hostOf(server);
  if (host === undefined) return `"${server}" is not the address of an API server`;
  if (localHosts.includes(host) || isPrivate(host)) return undefined;
  return `its server ${host} is neither on this machine nor on a private network`;
}

function hostOf(server: string): string | undefined {
  try {
    return new URL(server).hostname.replace(/^\[|\]$/g, "").toLowerCase();
  } catch {
    return undefined;
  }
}

/** Loopback, RFC 1918, link-local and unique local addresses. */
function isPrivate(host: string): boolean {
  if (isIP(host) === 6) return host === "::1" || /^(fe[89ab]|f[cd])/.test(host);
  if (isIP(host) !== 4) return false;
  const [a = 0, b = 0] = host.split(".").map(Number);
  return (
    a === 127 || a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254)
  );
}
