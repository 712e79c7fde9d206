import type { Properties, Value } from "../values.ts";
import { type Reply, refuse } from "./answers.ts";
import type { Seats } from "./monitor-rules.ts";
import type { SentryState } from "./state.ts";

/** What a token may do, and which projects it sees. */
export interface TokenRights {
  readonly scopes: readonly string[];
  /** Slugs; without it every project. */
  readonly projects?: readonly string[];
}

export interface Asked {
  readonly state: SentryState;
  readonly rights: TokenRights;
  readonly seats: Seats;
  readonly pageSize: number;
  readonly origin: string;
  /** By name, as in `:project`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly path: string;
  readonly body: Properties;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From behind `/api/0/`, with parameters as in `:project`. */
  readonly path: string;
  /** Any of them is enough; none means that everybody may. */
  readonly scopes: readonly string[];
  answer(asked: Asked): Reply;
}

export const route = (
  method: Route["method"],
  path: string,
  scopes: readonly string[],
  answer: Route["answer"],
): Route => ({ method, path, scopes, answer });

/** Parameters of a path that fits a pattern. */
export function matched(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? "");
    if (part.startsWith(":")) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}

/** Whether the token sees a project at all. */
export function sees({ projects }: TokenRights, slug: string): boolean {
  return projects === undefined || projects.includes(slug);
}

export function needScope({ scopes }: TokenRights, any: readonly string[]): void {
  if (any.length > 0 && !any.some((scope) => scopes.includes(scope)))
    refuse(403, "You do not have permission to perform this action.");
}

/** One page of a list, and the headers that lead to the others. */
export function page({ query, pageSize, origin, path }: Asked, items: readonly Value[]): Reply {
  const start = Number(query.get("cursor")?.split(":")[1] ?? 0);
  const link = (rel: string, at: number, results: boolean) =>
    `<${origin}/${path}?cursor=0:${at}:0>; rel="${rel}"; results="${results}"; cursor="0:${at}:0"`;
  const links = [
    link("previous", Math.max(0, start - pageSize), start > 0),
    link("next", start + pageSize, start + pageSize < items.length),
  ];
  return { status: 200, body: items.slice(start, start + pageSize), headers: { link: links.join(", ") } };
}
