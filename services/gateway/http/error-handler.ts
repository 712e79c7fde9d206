import { trace } from "@opentelemetry/api";
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "pino";
import { DatabaseUnavailable } from "../database/failure.ts";
import { recordFailure } from "../telemetry/with-span.ts";
import { type ErrorTracker, noTracker } from "../tracker/contracts.ts";
import { Problem, problemBody } from "./problems.ts";

/** Long enough for a failover to finish, short enough that a person does not give up. */
const retryAfterSeconds = 2;

export const unknownAddress: RequestHandler = () => {
  throw new Problem("not-found", "no resource has this address");
};

/** Last in the chain: every error becomes problem+json, and only faults of ours are logged with a stack. */
export function errorHandler(log: Logger, tracker: ErrorTracker = noTracker): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = asProblem(error);
    if (problem.status >= 500) {
      const span = trace.getActiveSpan();
      if (span) recordFailure(span, problem.cause ?? error);
      // A problem that wraps a failure says less of it than the failure itself.
      tracker.capture(error instanceof Problem ? (error.cause ?? error) : error);
      log.error({ err: error, problem: problem.type }, "request failed");
    }
    // Half a response is out: only cutting the connection tells the client that the rest will not come.
    if (response.headersSent) return next(error);
    response.set(problem.headers).status(problem.status).type("application/problem+json");
    response.send(JSON.stringify(problemBody(problem, request.path, response.locals.trace?.trace_id)));
  };
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailable) {
    const headers = { "retry-after": String(retryAfterSeconds) };
    return new Problem("database-unavailable", "the same request may succeed shortly", { cause: error.cause, headers });
  }
  return fromBodyParser(error) ?? new Problem("internal", "the trace_id leads to the cause", { cause: error });
}

/** express and its body parser mark the client's faults with a status; their messages may quote the body, so none is passed on. */
function fromBodyParser(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  if (error.status === 413) return new Problem("body-too-large", "the limit is 1 MB", { cause: error });
  if (error.status === 415)
    return new Problem("unsupported-media-type", "this encoding is not offered", { cause: error });
  const type = "type" in error ? error.type : undefined;
  if (type === "entity.parse.failed") return new Problem("malformed-request", "the body is not JSON", { cause: error });
  if (typeof error.status === "number" && error.status >= 400 && error.status < 500) {
    return new Problem("malformed-request", "the request cannot be decoded", { cause: error });
  }
  return undefined;
}
