import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import type { Metrics } from "../telemetry/metrics.ts";
import { traceIds } from "../telemetry/trace-ids.ts";
import { clientAddress } from "./client-address.ts";

/** As other servers log a client that went away before the answer. */
const clientClosedRequest = 499;

/** Answers that broke on the upstream's side, after their status was out. */
const brokenAnswers: ReadonlySet<unknown> = new Set(["cut", "timeout"]);

/** First in the chain after the probes: trace id to the client, one access line and one observation for each request, however it ends. */
export function observeRequests(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const ids = traceIds();
    response.locals.trace = ids;
    if (ids) response.set("x-trace-id", ids.trace_id);
    metrics.requestStarted();
    // `close` comes once, after the last byte or after the connection broke.
    response.once("close", () => {
      const seconds = (performance.now() - started) / 1000;
      const facts = { method: request.method, route: routeOf(request), status: statusOf(response) };
      const answeredAt: number | undefined = response.locals.answeredAt;
      metrics.requestEnded(facts, answeredAt === undefined ? seconds : (answeredAt - started) / 1000, ids);
      const level = facts.status >= 500 ? "error" : "info";
      log[level](
        {
          ...facts,
          path: request.path.slice(0, 256),
          duration_ms: Math.round(seconds * 1e6) / 1e3,
          response_bytes: Number(response.get("content-length") ?? 0),
          user_agent: request.get("user-agent")?.slice(0, 256),
          client_address: clientAddress(request),
          ...ids,
        },
        "request",
      );
    });
    next();
  };
}

/** The pattern, never the path: a label of free text would be a series for every id. */
function routeOf(request: Request): string {
  return typeof request.route?.path === "string" ? request.route.path : "unmatched";
}

function statusOf(response: Response): number {
  if (brokenAnswers.has(response.locals.upstreamOutcome)) return Math.max(response.statusCode, 502);
  // Whoever closes a stream has had what was asked for.
  if (response.locals.answeredAt !== undefined) return response.statusCode;
  return response.writableFinished ? response.statusCode : clientClosedRequest;
}
