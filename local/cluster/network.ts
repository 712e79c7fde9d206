/** Address ranges inside every cluster. They never meet the host's: each cluster has a network of its own. */
export const ranges = {
  pods: "10.244.0.0/24",
  services: "10.96.0.0/16",
  /** First service address: the API server's own. */
  apiService: "10.96.0.1",
  dns: "10.96.0.10",
} as const;

/** The one place where a cluster and its host meet: a pair of virtual Ethernet links with a network of two addresses. */
export interface Link {
  /** Name of the host's end; the cluster's end is `eth0`. */
  readonly device: string;
  readonly subnet: string;
  readonly hostIp: string;
  readonly nodeIp: string;
}

/** Names with a place of their own; the rest share 3–255 by hash and are checked for a clash like everybody. */
const fixed: Readonly<Record<string, number>> = { golive: 0, "golive-test": 1, "golive-dev": 2 };

export function linkFor(name: string): Link {
  const n = fixed[name] ?? 3 + (hash(name) % 253);
  return {
    device: `golive${n}`,
    subnet: `172.30.${n}.0/30`,
    hostIp: `172.30.${n}.1`,
    nodeIp: `172.30.${n}.2`,
  };
}

/** File whose lock the supervisor holds too: one cluster a link on this machine, whatever folder it is kept in. */
export function linkLock(link: Link): string {
  return `/run/${link.device}.lock`;
}

/** What must not go through a proxy: to be added to `NO_PROXY` of every program that talks to the cluster. */
export function noProxyFor(link: Link): string {
  return [
    "localhost",
    "127.0.0.1",
    link.subnet,
    link.nodeIp,
    ranges.services,
    ranges.pods,
    ".svc",
    ".cluster.local",
  ].join(",");
}

/** A route of the host as `ip -j route` prints it. */
export interface Route {
  readonly dst: string;
  readonly dev?: string;
}

/** The first foreign route that covers part of the link's network, if there is one. The default route covers all and is no clash. */
export function clashingRoute(link: Link, routes: readonly Route[]): Route | undefined {
  return routes.find((r) => r.dst !== "default" && r.dev !== link.device && overlap(r.dst, link.subnet));
}

function overlap(a: string, b: string): boolean {
  const [x, y] = [parse(a), parse(b)];
  if (!x || !y) return false;
  const bits = Math.min(x.bits, y.bits);
  const mask = bits === 0 ? 0 : (~0 << (32 - bits)) >>> 0;
  return (x.address & mask) >>> 0 === (y.address & mask) >>> 0;
}

function parse(cidr: string): { address: number; bits: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(cidr);
  if (!match) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map((part) => (part === undefined ? 32 : Number(part)));
  return { address: (((a ?? 0) << 24) | ((b ?? 0) << 16) | ((c ?? 0) << 8) | (d ?? 0)) >>> 0, bits: bits ?? 32 };
}

/** FNV-1a: stable over versions of this program, unlike a counter kept in a file. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of Buffer.from(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h;
}
