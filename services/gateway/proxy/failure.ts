import { Problem, type ProblemType } from "../http/problems.ts";

interface FailureKind {
  readonly problem: ProblemType;
  readonly detail: string;
  /** Value of the metric's label. */
  readonly outcome: Outcome;
  /** Whether it speaks against the upstream, so that the breaker counts it. */
  readonly counts: boolean;
  /** Whether another attempt may go better. */
  readonly repeatable: boolean;
}

/** How a request to an upstream can end. `failed` is an answer of 5xx, which passes as it is; `refused` is one not fit to be sent. */
export const outcomes = [
  "ok",
  "failed",
  "unreachable",
  "timeout",
  "cut",
  "open",
  "busy",
  "refused",
  "slow-client",
  "client-gone",
] as const;
export type Outcome = (typeof outcomes)[number];

const failureKinds = {
  /** Name, connection or its end before the head of an answer. */
  unreachable: {
    problem: "upstream-unreachable",
    detail: "the connection failed before an answer came",
    outcome: "unreachable",
    counts: true,
    repeatable: true,
  },
  /** A connection that was kept and that the upstream had closed by then, as happens after a standstill of this process. */
  stale: {
    problem: "upstream-unreachable",
    detail: "a kept connection was closed before an answer came",
    outcome: "unreachable",
    counts: false,
    repeatable: true,
  },
  /** Node takes no part of it for a request it could write. */
  unsendable: {
    problem: "malformed-request",
    detail: "the request cannot be passed on",
    outcome: "refused",
    counts: false,
    repeatable: false,
  },
  "connect-timeout": {
    problem: "upstream-timeout",
    detail: "no connection came about in time",
    outcome: "timeout",
    counts: true,
    repeatable: true,
  },
  /** The time of the whole request is over, so there is none left for another attempt. */
  timeout: {
    problem: "upstream-timeout",
    detail: "the answer was not complete in time",
    outcome: "timeout",
    counts: true,
    repeatable: false,
  },
  /** The client has a part of the answer and learns from the broken connection that it is not the whole. */
  cut: {
    problem: "upstream-unreachable",
    detail: "the connection failed in the middle of the answer",
    outcome: "cut",
    counts: true,
    repeatable: false,
  },
  open: {
    problem: "upstream-unavailable",
    detail: "too many requests to it failed",
    outcome: "open",
    counts: false,
    repeatable: false,
  },
  busy: {
    problem: "upstream-unavailable",
    detail: "this replica has as many requests under way as it may",
    outcome: "busy",
    counts: false,
    repeatable: false,
  },
  "too-large": {
    problem: "body-too-large",
    detail: "the body is above this address's limit",
    outcome: "refused",
    counts: false,
    repeatable: false,
  },
  /** Time that ran out while the client sent or read: if it counted, anyone could close an upstream for everyone. */
  "slow-client": {
    problem: "malformed-request",
    detail: "the body did not arrive in time",
    outcome: "slow-client",
    counts: false,
    repeatable: false,
  },
} as const satisfies Record<string, FailureKind>;

export type UpstreamFailureKind = keyof typeof failureKinds;

/** A request that the upstream did not answer, or not wholly. The message is for logs; a client gets the problem. */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  readonly kind: UpstreamFailureKind;
  readonly retryAfterSeconds: number | undefined;
  /** The cause's, such as ECONNREFUSED, for logs and spans. */
  readonly code: string;

  constructor(
    kind: UpstreamFailureKind,
    upstream: string,
    options: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    const { cause, retryAfterSeconds } = options;
    const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
    super(
      `upstream ${upstream}: ${failureKinds[kind].detail}${code ? ` (${code})` : ""}`,
      cause === undefined ? {} : { cause },
    );
    this.kind = kind;
    this.code = code ?? kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get facts(): FailureKind {
    return failureKinds[this.kind];
  }

  /** Says neither where the upstream is nor how it is called. */
  get problem(): Problem {
    const headers =
      this.retryAfterSeconds === undefined ? {} : { headers: { "retry-after": String(this.retryAfterSeconds) } };
    return new Problem(this.facts.problem, this.facts.detail, { cause: this, ...headers });
  }
}

/** The client left before its answer was complete: nobody's fault, and nobody is there to be told. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}
