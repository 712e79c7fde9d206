import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Request } from "express";
import type { Principal } from "../auth/principal.ts";

/** RFC 9110 §7.6.1 and its practice: they speak of one connection, not of the request. */
export const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "proxy-authenticate",
  "proxy-authorization",
]);

/** The cookie of the gateway's own session. Whoever has it is the user, so no upstream sees it and none may set it. */
export const sessionCookie = "__Host-golive";

/** What only the gateway may tell an upstream, or what it answers itself. A client's copy is dropped. */
const ours: ReadonlySet<string> = new Set([
  "host",
  // Answered by the server before the handler runs.
  "expect",
  // The instrumentation writes them anew from what it accepted, within its limits; raw copies may be of any size and form.
  "traceparent",
  "tracestate",
  "baggage",
  "sentry-trace",
  // Other words for the client's address or for another path, which frameworks believe.
  "forwarded",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "fastly-client-ip",
  "x-original-url",
  "x-original-uri",
  "x-rewrite-url",
]);
const oursByPrefix = ["x-forwarded-", "x-golive-"] as const;

/** What the gateway says of the request in its own words. */
export interface ForwardedFacts {
  /** Addresses the request came through, the client's first. */
  readonly addresses: readonly string[];
  readonly protocol: "http" | "https";
  /** As the client wrote it; undefined when it wrote none. */
  readonly host: string | undefined;
  readonly principal: Principal | undefined;
}

export interface HeaderRules {
  /** Host and port of the upstream. */
  readonly targetHost: string;
  readonly forwardAuthorization: boolean;
}

/** The headers of a request as the upstream gets them. */
export function requestHeaders(
  given: IncomingHttpHeaders,
  facts: ForwardedFacts,
  rules: HeaderRules,
): OutgoingHttpHeaders {
  const named = connectionTokens(given.connection);
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(given)) {
    // Without its length a body would have no end; it is no client's to take away.
    if (named.has(name) && name !== "content-length") continue;
    if (value !== undefined && !hopByHop.has(name) && !isOurs(name)) headers[name] = value;
  }
  if (!rules.forwardAuthorization) {
    delete headers["authorization"];
    const cookie = withoutSession(given.cookie);
    if (cookie === undefined) delete headers["cookie"];
    else if (headers["cookie"] !== undefined) headers["cookie"] = cookie;
  }
  headers["host"] = rules.targetHost;
  headers["x-forwarded-for"] = facts.addresses.join(", ");
  headers["x-forwarded-proto"] = facts.protocol;
  if (facts.host !== undefined) headers["x-forwarded-host"] = facts.host;
  if (facts.principal) {
    headers["x-golive-user"] = headerText(facts.principal.id);
    headers["x-golive-roles"] = facts.principal.roles.join(",");
  }
  // Said explicitly, because Node would send a DELETE with a body and without a length as two requests.
  if (given["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  return headers;
}

/** Names that `Connection` declares to be of this connection only, in lower case. */
export function connectionTokens(connection: string | undefined): Set<string> {
  return new Set((connection ?? "").split(",").map((token) => token.trim().toLowerCase()));
}

/** Servers of the CGI kind cannot tell `X_Golive_User` from `X-Golive-User`, so neither do we. */
function isOurs(name: string): boolean {
  const dashed = name.replaceAll("_", "-");
  return ours.has(dashed) || oursByPrefix.some((prefix) => dashed.startsWith(prefix));
}

function withoutSession(cookie: string | undefined): string | undefined {
  const kept = cookie?.split(";").filter((pair) => pair.split("=")[0]?.trim() !== sessionCookie);
  return kept && kept.length > 0 ? kept.join(";").trim() : undefined;
}

/** Percent-encodes what a header cannot carry, and the percent sign, so that no two ids become one. */
function headerText(id: string): string {
  return id.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}

/** As express' `trust proxy` has it: without trusted hops, what the client says of its way here is worth nothing. */
export function forwardedFacts(request: Request, principal: Principal | undefined): ForwardedFacts {
  const peer = request.socket.remoteAddress;
  const addresses = [...request.ips, ...(peer === undefined ? [] : [peer])]
    .map((address) => address.replace(/^::ffff:(?=\d+\.)/i, ""))
    .filter((address) => isIP(address) !== 0);
  return {
    addresses: addresses.length > 0 ? addresses : ["unknown"],
    protocol: request.protocol === "https" ? "https" : "http",
    host: request.host || undefined,
    principal,
  };
}
