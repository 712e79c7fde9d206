/**
 * Every way a request can fail, as RFC 9457 problem types. The OpenAPI document lists them from here.
 * `type` in a response is `urn:golive:problem:<key>`: clients may branch on it, never on the detail.
 */
export const problems = {
  "malformed-request": { status: 400, title: "The request cannot be read" },
  "invalid-query": { status: 400, title: "Query parameters are not valid" },
  unauthenticated: { status: 401, title: "This needs a valid token" },
  forbidden: { status: 403, title: "The token's roles do not allow this" },
  "csrf-refused": { status: 403, title: "The request did not come from the application's own pages" },
  "not-found": { status: 404, title: "Nothing has this address" },
  "method-not-allowed": { status: 405, title: "This address does not offer the method" },
  "email-taken": { status: 409, title: "Another user has this address" },
  "deployment-refused": { status: 409, title: "The deployment cannot start or change from where it is" },
  "run-finished": { status: 409, title: "The run is over" },
  "slug-taken": { status: 409, title: "Another project has this slug" },
  "transition-refused": { status: 409, title: "The pipeline cannot go to this status from where it is" },
  "pipeline-unfinished": { status: 409, title: "A pipeline, a run or a deployment is not finished" },
  "version-mismatch": { status: 412, title: "The resource was changed by someone else since it was read" },
  "body-too-large": { status: 413, title: "The request body is too large" },
  "unsupported-media-type": { status: 415, title: "The request body must be JSON" },
  "invalid-body": { status: 422, title: "Fields of the request body are not valid" },
  "rate-limited": { status: 429, title: "Too many requests in this window" },
  internal: { status: 500, title: "A fault of the gateway itself" },
  "upstream-unreachable": { status: 502, title: "The service behind the gateway did not answer" },
  "database-unavailable": { status: 503, title: "The database cannot serve right now" },
  "limiter-unavailable": { status: 503, title: "Limits cannot be checked right now" },
  "identity-unavailable": { status: 503, title: "Tokens cannot be checked right now" },
  "upstream-unavailable": {
    status: 503,
    title: "The service behind the gateway is failing; it is left alone for a moment",
  },
  "upstream-timeout": { status: 504, title: "The service behind the gateway took too long" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemType = keyof typeof problems;

/** One wrong field: `pointer` (RFC 6901) into the body, or the query `parameter`. */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

export interface ProblemOptions extends ErrorOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere below a route; the error handler turns it into the response. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly type: ProblemType;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: ProblemType, detail: string, options: ProblemOptions = {}) {
    super(detail, options);
    this.type = type;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return problems[this.type].status;
  }
}

/** The body of the response. `trace_id` finds the request in traces and logs. */
export function problemBody(problem: Problem, instance: string, traceId: string | undefined) {
  return {
    type: `urn:golive:problem:${problem.type}`,
    title: problems[problem.type].title,
    status: problem.status,
    detail: problem.message,
    instance,
    ...(problem.errors && { errors: problem.errors }),
    ...(traceId && { trace_id: traceId }),
  };
}
