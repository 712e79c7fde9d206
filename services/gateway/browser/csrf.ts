import type { Request, RequestHandler } from "express";
import type { Logger } from "pino";
import { principalOf } from "../auth/principal.ts";
import type { SharedSecrets } from "../auth/secret-file.ts";
import { cookieSessionOf } from "../auth/session.ts";
import { clientAddress } from "../http/client-address.ts";
import { Problem } from "../http/problems.ts";
import type { SecurityEvents } from "../tracker/contracts.ts";
import { csrfTokenFor, isCsrfTokenOf } from "./csrf-token.ts";

export interface CsrfParts {
  readonly secrets: SharedSecrets;
  /** Pages of these may send what the application's own may. */
  readonly origins: ReadonlySet<string>;
  readonly events: SecurityEvents;
  readonly log: Logger;
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Why a request is refused, as logs and events have it. */
type CsrfRefusal = "origin" | "site" | "body-type" | "token-missing" | "token-doubled" | "token";

/**
 * A browser sends the session cookie whichever page asked, so a request that changes something has to prove its page twice: by what
 * the browser says of its origin, and by a token only that page can read. Tokens in the authorization header prove it by themselves.
 * Stands after `authenticate`.
 */
export function csrfProtection({ secrets, origins, events, log }: CsrfParts): RequestHandler {
  return (request, response, next) => {
    const session = cookieSessionOf(response);
    if (session === undefined || safeMethods.has(request.method)) return next();
    const reason = originRefusal(request, origins) ?? bodyRefusal(request) ?? tokenRefusal(request, session, secrets);
    if (reason === undefined) return next();
    log.info({ reason, client_address: clientAddress(request) }, "request of a foreign page refused");
    events.report("csrf-refused", principalOf(response)?.id ?? clientAddress(request), { reason });
    throw new Problem("csrf-refused", "send it from the application's own page, with its x-csrf-token");
  };
}

/** What `csrfTokenHandler` answers. */
export interface CsrfToken {
  /** For the header x-csrf-token of this session's requests. */
  readonly token: string;
}

/** Hands a session its token. Pages of foreign origins can ask, but not read the answer. */
export function csrfTokenHandler(secrets: SharedSecrets | undefined): RequestHandler {
  return (_request, response) => {
    const session = cookieSessionOf(response);
    if (session === undefined || secrets === undefined)
      throw new Problem("unauthenticated", "only a session in a cookie has such a token");
    const body: CsrfToken = { token: csrfTokenFor(session, secrets) };
    response.set("cache-control", "no-store").json(body);
  };
}

/** Browsers send Origin with every request that can change something; where it is missing, only Sec-Fetch-Site can vouch for it. */
function originRefusal(request: Request, origins: ReadonlySet<string>): CsrfRefusal | undefined {
  const { origin } = request.headers;
  const sameOrigin = request.headers["sec-fetch-site"] === "same-origin";
  if (origin === undefined) return sameOrigin ? undefined : "site";
  if (origins.has(origin)) return undefined;
  return sameOrigin && URL.parse(origin)?.host === request.host ? undefined : "origin";
}

/** What any form can send needs no preflight, and JSON in text's clothes is how forms send JSON. */
function bodyRefusal(request: Request): CsrfRefusal | undefined {
  const { headers } = request;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (!hasBody) return undefined;
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === undefined || type === "" || type === "text/plain" ? "body-type" : undefined;
}

function tokenRefusal(request: Request, session: string, secrets: SharedSecrets): CsrfRefusal | undefined {
  const [token, ...others] = request.headersDistinct["x-csrf-token"] ?? [];
  if (token === undefined) return "token-missing";
  if (others.length > 0) return "token-doubled";
  return isCsrfTokenOf(session, token, secrets) ? undefined : "token";
}
