import type { Request, RequestHandler, Response } from "express";
import { Problem } from "../http/problems.ts";
import type { SecurityEvents } from "../tracker/contracts.ts";
import { type Access, includesRole, principalOf } from "./principal.ts";

export interface RequireAccessParts {
  readonly events: SecurityEvents;
}

/** Stands on a route, after `authenticate`: lets through whoever may use it. */
export function requireAccess(access: Access, parts: RequireAccessParts): RequestHandler {
  return (request, response, next) => {
    checkAccess(request, response, access, parts);
    next();
  };
}

/** @throws Problem `unauthenticated` or `forbidden` */
export function checkAccess(
  request: Request,
  response: Response,
  access: Access,
  { events }: RequireAccessParts,
): void {
  if (access === "public") return;
  const principal = principalOf(response);
  if (principal === undefined) {
    const detail = "send a token in the header authorization: Bearer …";
    throw new Problem("unauthenticated", detail, { headers: { "www-authenticate": "Bearer" } });
  }
  if (includesRole(principal, access)) return;
  events.report("forbidden", principal.id, { method: request.method, needed: access });
  const headers = { "www-authenticate": 'Bearer error="insufficient_scope"' };
  throw new Problem("forbidden", `this takes the role ${access} or a higher one`, { headers });
}
