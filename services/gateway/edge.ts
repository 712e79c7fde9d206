import type { RequestHandler } from "express";
import { authenticate } from "./auth/authenticate.ts";
import { checkAccess } from "./auth/require-access.ts";
import { csrfProtection } from "./browser/csrf.ts";
import { limitGuesses } from "./limits/limit-guesses.ts";
import type { PolicyName } from "./limits/policies.ts";
import { rateLimit } from "./limits/rate-limit.ts";
import type { Parts } from "./parts.ts";
import type { Authorize } from "./proxy/routes.ts";
import { refuseDisabled } from "./users/refuse-disabled.ts";

/** Who sent the request, and whether that may be believed. Stands before every route, ours or an upstream's. */
export function identify(parts: Parts): RequestHandler[] {
  const { config, secrets, log, events, tracker, authMetrics, verifier, database } = parts;
  const { sessionCookie } = config.auth;
  const known = authenticate(verifier, { log, metrics: authMetrics, events, tracker, sessionCookie });
  const chain = [limitGuesses(known, limit(parts, "login")), refuseDisabled({ database, log })];
  if (!sessionCookie || secrets === undefined) return chain;
  return [...chain, csrfProtection({ secrets, origins: config.browser.origins, events, log })];
}

/** Counts a request under a policy. */
export function limit({ limits, limitsMetrics, events }: Parts, policy: PolicyName): RequestHandler {
  return rateLimit(policy, { limits, metrics: limitsMetrics, events });
}

/** Whether whoever sent the request may go on. */
export function authorize({ events }: Parts): Authorize {
  return async (request, response, access) => checkAccess(request, response, access, { events });
}
