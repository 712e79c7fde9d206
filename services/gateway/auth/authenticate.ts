import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { clientAddress } from "../http/client-address.ts";
import { Problem } from "../http/problems.ts";
import type { ErrorTracker, SecurityEvents } from "../tracker/contracts.ts";
import { credentialOf } from "./credentials.ts";
import type { AuthMetrics } from "./metrics.ts";
import type { Principal } from "./principal.ts";
import { CredentialRefused, IdentityUnavailable, type Refusal } from "./refusals.ts";
import type { TokenVerifier } from "./token-verifier.ts";

export interface AuthenticateParts {
  readonly log: Logger;
  readonly metrics: AuthMetrics;
  readonly events: SecurityEvents;
  readonly tracker: ErrorTracker;
  /** Whether the session cookie is a credential too. */
  readonly sessionCookie: boolean;
}

/** Long enough for the next fetch of the keys to have been tried. */
const retryAfterSeconds = 5;

/**
 * Says who sent the request, for `principalOf`. Without credentials it says nothing, which is for the operation to judge; with bad
 * ones the request ends here, on public addresses too: whoever sends a token means to be somebody.
 */
export function authenticate(verifier: TokenVerifier, parts: AuthenticateParts): RequestHandler {
  const { metrics, tracker, sessionCookie } = parts;
  return async (request, response, next) => {
    try {
      const credential = credentialOf(request, sessionCookie);
      if (credential === undefined) {
        metrics.authentication("anonymous");
      } else {
        const { id, roles, session } = await verifier.verify(credential.token);
        if (credential.kind === "cookie" && session === undefined) throw new CredentialRefused("session");
        const principal: Principal = { id, roles };
        response.locals.principal = principal;
        if (credential.kind === "cookie") response.locals.cookieSession = session;
        tracker.setUser(principal);
        metrics.authentication("accepted");
      }
    } catch (error) {
      throw refused(error, request, response, parts);
    }
    next();
  };
}

function refused(error: unknown, request: Request, response: Response, parts: AuthenticateParts): unknown {
  const { log, metrics, events } = parts;
  if (error instanceof IdentityUnavailable) {
    metrics.authentication("identity-unavailable");
    const headers = { "retry-after": String(retryAfterSeconds) };
    return new Problem("identity-unavailable", "the same request may succeed shortly", { cause: error, headers });
  }
  if (!(error instanceof CredentialRefused)) return error;
  const { reason } = error;
  const address = clientAddress(request);
  metrics.authentication(reason);
  log.info({ reason, client_address: address }, "credentials refused");
  // Caches must not keep the refusal for whoever comes next.
  response.set("cache-control", "no-store");
  if (reason === "doubled-cookie") {
    events.report("csrf-refused", address, { reason });
    return new Problem("csrf-refused", "the session cookie came more than once; delete the site's cookies");
  }
  events.report("authentication-failure", address, { reason });
  return new Problem("unauthenticated", detail(reason), {
    cause: error,
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
}

function detail(reason: Refusal): string {
  if (reason === "expired") return "the token has expired; get a new one";
  return "the credentials are not valid here";
}
