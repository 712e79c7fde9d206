import type { RequestHandler } from "express";
import { CredentialRefused } from "../auth/refusals.ts";
import { Problem } from "../http/problems.ts";

/**
 * Around authentication: bad credentials count for their address, good ones never. A token that was good and expired is no guess, or
 * a page that was left open would lock out its neighbours.
 * @param limit counts one request and throws when it is too much
 */
export function limitGuesses(authenticate: RequestHandler, limit: RequestHandler): RequestHandler {
  return async (request, response, next) => {
    try {
      await authenticate(request, response, next);
    } catch (error) {
      if (isGuess(error)) await limit(request, response, () => undefined);
      throw error;
    }
  };
}

function isGuess(error: unknown): boolean {
  const refusal = error instanceof Problem ? error.cause : undefined;
  return refusal instanceof CredentialRefused && refusal.reason !== "expired";
}
