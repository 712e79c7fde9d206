import { getIsolationScope, type Scope, withIsolationScope } from "@sentry/node";
import type { Request, RequestHandler } from "express";
import { redactAddress } from "../telemetry/redact-address.ts";

/** Headers that help to reproduce an error and say nothing of a person. */
const shownHeaders = ["user-agent", "content-type", "content-length"] as const;

const requests = new WeakMap<Scope, Request>();

/**
 * Users and breadcrumbs belong to one request. Sentry's own integration does the same before every server of the process, and copies
 * headers and continues its own traces there; this costs a few microseconds instead of a hundred.
 */
export const isolateRequest: RequestHandler = (request, _response, next) => {
  withIsolationScope((scope) => {
    requests.set(scope, request);
    next();
  });
};

/** Of the moment; undefined outside of one. */
export function currentRequest(): Request | undefined {
  return requests.get(getIsolationScope());
}

/** As in "GET /api/projects/:id". Undefined when no route has taken the request: a path has ids in it and would be a group for each. */
export function transactionOf({ method, baseUrl, route }: Request): string | undefined {
  return typeof route?.path === "string" ? `${method} ${baseUrl}${route.path}` : undefined;
}

/** What an event says of the request: neither query nor body, cookies nor addresses. */
export function requestFacts(request: Request) {
  const headers: Record<string, string> = {};
  for (const name of shownHeaders) {
    const value = request.get(name);
    if (value !== undefined) headers[name] = value.slice(0, 256);
  }
  const url = request.originalUrl.split(/[?#]/, 1)[0]?.slice(0, 1024) ?? "";
  return { method: request.method, url: redactAddress(url), headers };
}
