import type { Request } from "express";
import { Problem } from "../http/problems.ts";
import type { Upstream } from "./config.ts";

/** A slash, however it is spelled: some servers take `\` and encoded slashes for one. */
const slash = /\/|\\|%2f|%5c/i;

/**
 * The path and query as the upstream gets them: the bytes that came, less the prefix where it is stripped.
 * @throws Problem for a path that could climb out of the prefix once the upstream has resolved it
 */
export function forwardPath(
  { prefix, stripPrefix }: Pick<Upstream, "prefix" | "stripPrefix">,
  request: Pick<Request, "path" | "url">,
): string {
  // `path` is already without scheme and host, which a request line may carry.
  const { path, url } = request;
  if (climbs(path)) throw new Problem("malformed-request", "the path must not have segments that are dots");
  const query = url.indexOf("?");
  const forwarded = stripPrefix ? path.slice(prefix.length) : path;
  return (forwarded.startsWith("/") ? forwarded : `/${forwarded}`) + (query === -1 ? "" : url.slice(query));
}

/** Whether any reading of the path has a segment `.` or `..`; what follows a semicolon is a parameter to some servers. */
function climbs(path: string): boolean {
  return path.split(slash).some((segment) => {
    const name = segment.split(/;|%3b/i)[0]?.replace(/%2e/gi, ".");
    return name === "." || name === "..";
  });
}
