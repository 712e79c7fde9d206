import { type Request, type RequestHandler, type Response, Router } from "express";
import { type Access, principalOf } from "../auth/principal.ts";
import { Problem } from "../http/problems.ts";
import { traceIds } from "../telemetry/trace-ids.ts";
import { type Attempt, type Send, sender } from "./attempt.ts";
import type { Backend } from "./backend.ts";
import { ClientGone, type Outcome, UpstreamFailure } from "./failure.ts";
import { forwardPath } from "./path.ts";
import { forwardedFacts, requestHeaders } from "./request-headers.ts";
import { addTrace } from "./trace-headers.ts";

/** Whether the request may go on. @throws Problem when not */
export type Authorize = (request: Request, response: Response, access: Access) => Promise<void>;

export interface ProxyRouteParts {
  readonly authorize: Authorize;
}

/** Doing them twice is as good as once (RFC 9110 §9.2.2). */
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** Enough for a replica to leave its service, too little to be noticed. */
const retryDelayMs = 50;

/** Requests to the upstreams. Stands before whatever reads bodies: they pass through as they come. */
export function proxyRoutes(backends: readonly Backend[], { authorize }: ProxyRouteParts): Router {
  const send = sender();
  return routesTo(backends, (backend) => async (request, response) => {
    await authorize(request, response, backend.upstream.access);
    const path = forwardPath(backend.upstream, request);
    await observed(backend, response, () => forward(backend, send, request, response, path));
  });
}

/** One route each, so that metrics and traces know requests by their prefix and the guard has no other reading of a path than we. */
export function routesTo(backends: readonly Backend[], handlerOf: (backend: Backend) => RequestHandler): Router {
  const router = Router({ caseSensitive: true });
  for (const backend of backends) router.all(`${backend.upstream.prefix}{/*path}`, handlerOf(backend));
  return router;
}

/**
 * Measures a request however it ends, and turns failures of the upstream into problems. `response.locals.upstreamOutcome` tells an
 * access log whose fault a broken answer was.
 */
export async function observed(backend: Backend, response: Response, work: () => Promise<Outcome>): Promise<void> {
  const { metrics, upstream } = backend;
  const ids = traceIds();
  const started = performance.now();
  const ended = (outcome: Outcome) => {
    response.locals.upstreamOutcome = outcome;
    metrics.requestEnded(upstream.name, outcome, (performance.now() - started) / 1000, ids);
  };
  try {
    ended(await work());
  } catch (error) {
    if (error instanceof ClientGone) return ended("client-gone");
    if (!(error instanceof UpstreamFailure)) throw error;
    ended(error.facts.outcome);
    throw error.problem;
  }
}

async function forward(
  backend: Backend,
  send: Send,
  request: Request,
  response: Response,
  path: string,
): Promise<Outcome> {
  const { upstream, clock, origin } = backend;
  requireBodyWithin(upstream.maxBodyBytes, request, upstream.name);
  const mayRepeat = idempotent.has(request.method) && !hasBody(request);
  const { forwardAuthorization } = upstream;
  const rules = { targetHost: origin.host, forwardAuthorization };
  const headers = requestHeaders(request.headers, forwardedFacts(request, principalOf(response)), rules);
  addTrace(headers);
  // The library takes the headers from the request, and gives no other place where some could be left out.
  request.headers = headers as typeof request.headers;

  let current: Attempt | undefined;
  const leave = backend.enterRequest();
  let isExpired = false;
  const stopTimer = clock.after(upstream.timeoutMs, () => {
    isExpired = true;
    current?.expire();
  });
  const streams = () => {
    stopTimer();
    // How long a stream lasts says nothing about how fast it was answered.
    response.locals.answeredAt = performance.now();
  };
  try {
    for (let retries = mayRepeat ? upstream.retries : 0; ; retries--) {
      requireClient(response);
      if (isExpired) throw new UpstreamFailure("timeout", upstream.name);
      try {
        await backend.breaker.run(() => {
          current = send(backend, request, response, path, streams);
          return current.verdict;
        });
        const { status } = (await current?.end) ?? { status: 502 };
        return status >= 500 ? "failed" : "ok";
      } catch (error) {
        const mayHelp =
          error instanceof UpstreamFailure && error.facts.repeatable && backend.breaker.state === "closed";
        if (retries <= 0 || !mayHelp) throw error;
        backend.metrics.retried(upstream.name);
        backend.log.warn({ upstream: upstream.name, code: error.code }, "asking the upstream once more");
      }
      await new Promise<void>((resolve) => clock.after(retryDelayMs, resolve));
    }
  } finally {
    stopTimer();
    leave();
  }
}

function requireClient(response: Response): void {
  if (response.destroyed || response.socket?.destroyed) throw new ClientGone("the client closed its connection");
}

function requireBodyWithin(limit: number, request: Request, upstream: string): void {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw new UpstreamFailure("too-large", upstream);
  const encoding = request.headers["transfer-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "chunked") {
    throw new Problem("malformed-request", "the only transfer encoding of a request is chunked");
  }
}

const hasBody = ({ headers }: Request): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
