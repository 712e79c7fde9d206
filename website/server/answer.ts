import { cacheControl } from "./headers.ts";
import { type Encoding, encodingFor, type SiteFiles } from "./site-files.ts";

/** What a request for a file gets. Pure: the server only sends it. */
export interface Answer {
  readonly status: 200 | 301 | 304 | 400 | 404 | 405;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly file: string; readonly bytes: number } | { readonly text: string };
  /** The address that was served, for the log: only those of the site itself, as others may hold anything. */
  readonly served?: string;
}

export interface Asked {
  readonly method: string;
  /** The request target, as it came. */
  readonly target: string;
  readonly acceptEncoding?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export function answer(site: SiteFiles, asked: Asked): Answer {
  if (asked.method !== "GET" && asked.method !== "HEAD")
    return { ...plain(405, "only GET and HEAD are answered"), headers: { ...plainHeaders, Allow: "GET, HEAD" } };
  const [rawPath = "", query] = split(asked.target);
  const path = decoded(rawPath);
  if (path === undefined) return plain(400, "the address is not well formed");
  if (site.has(path)) return found(site, path, 200, asked);
  // The target is made of a path of the site, so it never leads to another host.
  if (site.has(`${path}/`)) return moved(`${encodeURI(path)}/${query}`);
  if (path.endsWith("/index.html") && site.has(path.slice(0, -"index.html".length)))
    return moved(`${encodeURI(path.slice(0, -"index.html".length))}${query}`);
  return site.has("/404.html") ? found(site, "/404.html", 404, asked) : plain(404, "there is no such page");
}

function found(site: SiteFiles, path: string, status: 200 | 404, asked: Asked): Answer {
  const file = site.get(path);
  if (file === undefined) throw new Error(`${path} is not of this site`);
  const encoding = encodingFor(file, asked.acceptEncoding);
  const headers = {
    "Cache-Control": cacheControl(path),
    ETag: etagOf(file.etag, encoding),
    Vary: "Accept-Encoding",
  };
  const served = status === 200 ? { served: path } : {};
  if (status === 200 && matches(asked.ifNoneMatch, headers.ETag)) return { status: 304, headers, ...served };
  const copy = file.copies[encoding];
  if (copy === undefined) throw new Error(`${path} has no copy in ${encoding}`);
  return {
    status,
    headers: {
      ...headers,
      "Content-Type": file.type,
      "Content-Length": String(copy.bytes),
      ...(encoding === "identity" ? {} : { "Content-Encoding": encoding }),
    },
    body: copy,
    ...served,
  };
}

const plainHeaders = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
const plain = (status: 400 | 404 | 405, text: string): Answer => ({
  status,
  headers: plainHeaders,
  body: { text: `${text}\n` },
});

const moved = (location: string): Answer => ({
  status: 301,
  headers: { ...plainHeaders, "Cache-Control": "no-cache", Location: location },
  body: { text: `moved to ${location}\n` },
});

/** Copies in different encodings are different bytes. */
const etagOf = (etag: string, encoding: Encoding) =>
  encoding === "identity" ? etag : `${etag.slice(0, -1)}-${encoding}"`;

const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? "").split(",").some((one) => one.trim().replace(/^W\//, "") === etag);

function split(target: string): [path: string, query: string] {
  const at = target.indexOf("?");
  return at < 0 ? [target, ""] : [target.slice(0, at), target.slice(at)];
}

function decoded(path: string): string | undefined {
  try {
    return path.startsWith("/") ? decodeURIComponent(path) : undefined;
  } catch {
    return undefined;
  }
}
