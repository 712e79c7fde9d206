import { z } from "zod";
import { type Access, roles } from "../auth/principal.ts";
import { docsPath } from "../openapi/operation.ts";
import { operations } from "../openapi/operations.ts";
import { overlaps, ownPrefixes, prefixPattern } from "./prefix.ts";

const integer = (min: number, max: number) => z.number().int().min(min).max(max);

const breaker = z.strictObject({
  threshold: z.number().gt(0).max(1).default(0.5).describe("share of failures in ten seconds at which it opens"),
  minRequests: integer(1, 10_000).default(20).describe("below this many in ten seconds a share says nothing"),
  halfOpenAfterMs: integer(100, 600_000).default(5_000).describe("how long the service is left alone before one probe"),
});

const upstream = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower case letters, digits and hyphens, at most 40"),
  prefix: z.string().max(200).regex(prefixPattern, "must look like /shop or /api/shop, without a slash at the end"),
  target: z.string().max(2_000).describe("http or https, with an optional base path"),
  stripPrefix: z.boolean().default(false).describe("whether the service sees the path without the prefix"),
  timeoutMs: integer(50, 3_600_000).default(30_000).describe("from the request to the last byte of the answer"),
  connectTimeoutMs: integer(10, 60_000).default(2_000).describe("name resolution, TCP and TLS together"),
  idleTimeoutMs: integer(50, 3_600_000)
    .default(60_000)
    .describe("replaces timeoutMs for WebSockets, event streams and where `streaming` is set: time without a byte"),
  streaming: z.boolean().default(false).describe("answers take as long as they take: downloads, long logs"),
  retries: integer(0, 1).default(1).describe("of GET, HEAD and OPTIONS without a body, before any byte of the answer"),
  access: z.enum(["public", ...roles]).describe("required, so that nothing is public by omission"),
  forwardAuthorization: z.boolean().default(false).describe("whether the service sees the client's own credentials"),
  websocket: z.boolean().default(false),
  breaker: breaker.prefault({}),
  maxBodyBytes: integer(0, 2 ** 40)
    .default(10 * 1024 * 1024)
    .describe("of a request"),
  maxConnections: integer(1, 10_000)
    .default(256)
    .describe("requests at once, and WebSockets at once, of this replica; more get 503"),
});

/** One service behind the gateway. */
export type Upstream = Readonly<z.output<typeof upstream>> & { readonly access: Access };

export interface ProxyConfig {
  readonly upstreams: readonly Upstream[];
}

/** Labels of metrics are made of names, so there is an end to them. */
const maxUpstreams = 50;

export const proxyVariables = {
  UPSTREAMS: z
    .string()
    .default("[]")
    .describe(
      'services behind the gateway, a JSON list such as [{"name":"shop","prefix":"/shop","target":"http://shop:8080","access":"viewer"}]',
    ),
} as const;

interface ProxyVariables {
  readonly UPSTREAMS: string;
}

/** Every fault of `UPSTREAMS` at once, each with its place. Empty when there is none. */
export function proxyFaults(e: ProxyVariables): string[] {
  const list = parsed(e.UPSTREAMS);
  if (list === undefined) return ["UPSTREAMS: must be a JSON list"];
  if (list.length > maxUpstreams) return [`UPSTREAMS: must have at most ${maxUpstreams} entries, got ${list.length}`];
  return [...list.flatMap(shapeFaults), ...list.flatMap(prefixFaults), ...sharedFaults(list)];
}

/** @throws Error when `proxyFaults` would find something */
export function proxyConfig(e: ProxyVariables): ProxyConfig {
  const faults = proxyFaults(e);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return { upstreams: z.array(upstream).parse(parsed(e.UPSTREAMS)) };
}

function parsed(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function shapeFaults(entry: unknown, index: number): string[] {
  const at = `UPSTREAMS[${index}]`;
  const result = upstream.safeParse(entry);
  const faults = result.error?.issues.map(({ path, message }) => place(at, path) + message + given(entry, path)) ?? [];
  const target = field(entry, "target");
  if (typeof target === "string") faults.push(...targetFaults(target).map((fault) => `${at}.target: ${fault}`));
  if (result.data && result.data.connectTimeoutMs > result.data.timeoutMs) {
    const { connectTimeoutMs, timeoutMs } = result.data;
    faults.push(`${at}.connectTimeoutMs: must not be above timeoutMs (${timeoutMs}), got ${connectTimeoutMs}`);
  }
  return faults;
}

/** The text itself is not repeated where it may hold a password. */
function targetFaults(text: string): string[] {
  const url = URL.parse(text);
  if (!url) return ["must be an address such as http://shop:8080"];
  const faults: string[] = [];
  if (url.protocol !== "http:" && url.protocol !== "https:")
    faults.push(`must be http or https, got ${JSON.stringify(url.protocol.slice(0, -1))}`);
  if (url.username || url.password) faults.push("must not carry credentials: this text is shown in plain sight");
  if (url.search || url.hash) faults.push("must end with its path, without ? and #");
  return faults;
}

function prefixFaults(entry: unknown, index: number): string[] {
  const prefix = field(entry, "prefix");
  if (typeof prefix !== "string") return [];
  const paths = [docsPath, ...Object.values(operations).map(({ path }) => path)];
  const own = ownPrefixes(paths).find((path) => overlaps(prefix, path));
  return own ? [`UPSTREAMS[${index}].prefix: ${JSON.stringify(prefix)} collides with the gateway's own ${own}`] : [];
}

/** What two entries cannot both have. */
function sharedFaults(list: readonly unknown[]): string[] {
  return list.flatMap((entry, index) =>
    list.slice(0, index).flatMap((earlier, at) => {
      const faults: string[] = [];
      const [name, prefix, otherPrefix] = [field(entry, "name"), field(entry, "prefix"), field(earlier, "prefix")];
      if (typeof name === "string" && name === field(earlier, "name"))
        faults.push(`UPSTREAMS[${index}].name: ${JSON.stringify(name)} is that of UPSTREAMS[${at}] too`);
      if (typeof prefix === "string" && typeof otherPrefix === "string" && overlaps(prefix, otherPrefix))
        faults.push(
          `UPSTREAMS[${index}].prefix: ${JSON.stringify(prefix)} overlaps ${JSON.stringify(otherPrefix)} of UPSTREAMS[${at}]`,
        );
      return faults;
    }),
  );
}

function field(entry: unknown, key: string): unknown {
  return typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>)[key] : undefined;
}

const place = (at: string, path: readonly PropertyKey[]): string => `${[at, ...path.map(String)].join(".")}: `;

/** The value at fault, where it is short and cannot hold a secret. */
function given(entry: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>((at, key) => field(at, String(key)), entry);
  const isShown = path[0] !== "target" && (typeof value === "string" || typeof value === "number");
  return isShown ? `, got ${JSON.stringify(typeof value === "string" ? value.slice(0, 100) : value)}` : "";
}
