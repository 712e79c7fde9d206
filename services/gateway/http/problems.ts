/**
 * Every way a request can fail, as RFC 9457 problem types. The OpenAPI document lists them from here.
 * `type` in a response is `urn:golive:problem:<key>`: clients may branch on it, never on the detail.
 */
export const problems = {
  "malformed-request": { status: 400, title: "The request cannot be read" },
  "invalid-query": { status: 400, title: "Query parameters are not valid" },
  "not-found": { status: 404, title: "Nothing has this address" },
  "method-not-allowed": { status: 405, title: "This address does not offer the method" },
  "slug-taken": { status: 409, title: "Another project has this slug" },
  "transition-refused": { status: 409, title: "The pipeline cannot go to this status from where it is" },
  "pipeline-unfinished": { status: 409, title: "A pipeline is still queued or running" },
  "version-mismatch": { status: 412, title: "The resource was changed by someone else since it was read" },
  "body-too-large": { status: 413, title: "The request body is too large" },
  "unsupported-media-type": { status: 415, title: "The request body must be JSON" },
  "invalid-body": { status: 422, title: "Fields of the request body are not valid" },
  internal: { status: 500, title: "A fault of the gateway itself" },
  "database-unavailable": { status: 503, title: "The database cannot serve right now" },
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
