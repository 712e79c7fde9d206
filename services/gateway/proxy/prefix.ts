/** Segments of letters, digits and `-._~`: what a router, a log and a metric label can all show as it is. Never `.` or `..`. */
export const prefixPattern = /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]+)+$/;

/** Addresses beside the table of operations that a probe or a scraper asks for. */
const probes = ["/livez", "/readyz", "/metrics"] as const;

/** Whether the path is the prefix or lies under it. Letters of another case are another path. */
export function isUnder(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Whether one of two prefixes would take requests of the other. */
export function overlaps(one: string, other: string): boolean {
  return isUnder(one, other) || isUnder(other, one);
}

/**
 * What the gateway answers itself: the first two segments of each operation, so that nothing can stand inside one of its
 * collections either, where an id and an upstream's path could not be told apart.
 * @param operationPaths as express writes them, such as `/api/projects/:id`
 */
export function ownPrefixes(operationPaths: readonly string[]): string[] {
  const collections = operationPaths.map((path) => path.split("/").slice(0, 3).join("/"));
  return [...new Set([...probes, ...collections])];
}
