import type { RequestHandler, Response } from "express";
import { Problem } from "../http/problems.ts";
import type { SecurityEvents } from "../tracker/contracts.ts";
import type { LimitsMetrics } from "./metrics.ts";
import type { PolicyName } from "./policies.ts";
import type { Decision, PolicyLimiter, Verdict } from "./policy-limiter.ts";
import type { RateLimits } from "./rate-limits.ts";
import { StoreUnavailable } from "./store.ts";
import { subjectOf, subjectText } from "./subject.ts";

export interface RateLimitParts {
  readonly limits: RateLimits;
  readonly metrics: LimitsMetrics;
  readonly events: SecurityEvents;
}

/** The store is looked for every two seconds. */
const retryUncountedSeconds = 2;

/**
 * Counts a request for whoever sent it and refuses what is too much: after authentication, so that a principal is known.
 * @throws Problem `rate-limited` with Retry-After; `limiter-unavailable` where the policy does not go on uncounted
 */
export function rateLimit(policy: PolicyName, { limits, metrics, events }: RateLimitParts): RequestHandler {
  const limiter = limits.of(policy);
  const { mode, key } = limiter.settings;
  if (mode === "off") return (_request, _response, next) => next();
  const onTrial = mode === "dry-run";

  return async (request, response, next) => {
    const subject = subjectOf(key, request, response);
    const decision = await limiter.decide(limits.keyOf(subject));
    const degraded = decision.kind === "uncounted" || decision.degraded;
    const outcome = outcomeOf(decision);
    metrics.decided({ policy, decision: outcome, mode: onTrial ? "dry-run" : degraded ? "degraded" : "enforce" });
    // A client learns nothing of a limit that does not bind it yet.
    if (onTrial) return next();

    if (degraded) response.set("x-ratelimit-mode", "degraded");
    if (decision.kind === "uncounted") throw unavailable(decision.reason);
    tellLimits(response, limiter, decision);
    if (decision.crossed) events.report("rate-limit-exceeded", subjectText(subject), { policy });
    if (outcome === "limited") throw tooMany(limiter, decision);
    next();
  };
}

function outcomeOf(decision: Decision): "allowed" | "limited" | "error" {
  if (decision.kind === "uncounted") return "error";
  return decision.allowed ? "allowed" : "limited";
}

/** draft-ietf-httpapi-ratelimit-headers-10. Lists, as a request may meet more than one policy; without `pk`, which would name the client. */
function tellLimits(response: Response, { name, settings }: PolicyLimiter, verdict: Verdict): void {
  response.append("ratelimit-policy", `"${name}";q=${settings.points};w=${settings.seconds}`);
  response.append("ratelimit", `"${name}";r=${verdict.remaining};t=${secondsLeft(verdict)}`);
}

function tooMany({ name, settings }: PolicyLimiter, verdict: Verdict): Problem {
  const seconds = secondsLeft(verdict);
  return new Problem(
    "rate-limited",
    `the limit "${name}" is ${settings.points} requests in ${settings.seconds} s; the next window begins in ${seconds} s`,
    { headers: { "retry-after": String(seconds) } },
  );
}

function unavailable(reason: string): Problem {
  return new Problem("limiter-unavailable", "the same request may succeed shortly", {
    headers: { "retry-after": String(retryUncountedSeconds) },
    cause: new StoreUnavailable(reason),
  });
}

/** At least one: a client that reads 0 is back before the window is over. */
const secondsLeft = ({ resetMs }: Verdict): number => Math.max(1, Math.ceil(resetMs / 1000));
