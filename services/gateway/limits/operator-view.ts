import { Problem } from "../http/problems.ts";
import type { LimitMode, PolicyName } from "./policies.ts";
import { policyNames } from "./policies.ts";
import type { PolicyLimiter } from "./policy-limiter.ts";
import type { RateLimits } from "./rate-limits.ts";
import { StoreUnavailable } from "./store.ts";
import type { LimitSubject } from "./subject.ts";

/** How somebody stands with one policy. */
export interface LimitState {
  readonly policy: PolicyName;
  readonly mode: LimitMode;
  readonly points: number;
  readonly seconds: number;
  readonly used: number;
  readonly remaining: number;
  /** Until the window ends, rounded up; 0 when none is open. */
  readonly resetsInSeconds: number;
  /** `replica`: there is no shared store, and other replicas count for themselves. */
  readonly source: "store" | "replica";
}

/** With every policy that can count for the subject. @throws Problem `limiter-unavailable` */
export async function limitState(limits: RateLimits, subject: LimitSubject): Promise<LimitState[]> {
  const key = limits.keyOf(subject);
  return storeProblems(() => Promise.all(policiesOf(limits, subject).map((limiter) => stateOf(limiter, key))));
}

/**
 * Ends the subject's windows, of one policy or of all: at once here, within two seconds on other replicas.
 * @throws Problem `limiter-unavailable`
 */
export async function resetLimit(limits: RateLimits, subject: LimitSubject, policy?: PolicyName): Promise<void> {
  const key = limits.keyOf(subject);
  const limiters = policy ? [limits.of(policy)] : policiesOf(limits, subject);
  await storeProblems(() => Promise.all(limiters.map((limiter) => limiter.reset(key))));
}

/** An address can count for every policy; a principal only for those that ask who it is. */
function policiesOf(limits: RateLimits, subject: LimitSubject): PolicyLimiter[] {
  const all = policyNames.map((name) => limits.of(name));
  return "address" in subject ? all : all.filter(({ settings }) => settings.key === "principal");
}

async function stateOf(limiter: PolicyLimiter, key: string): Promise<LimitState> {
  const { used, resetMs, source } = await limiter.standing(key);
  const { mode, points, seconds } = limiter.settings;
  return {
    policy: limiter.name,
    mode,
    points,
    seconds,
    used,
    remaining: Math.max(0, points - used),
    resetsInSeconds: Math.ceil(resetMs / 1000),
    source,
  };
}

async function storeProblems<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new Problem("limiter-unavailable", "the shared counts cannot be reached right now", { cause: error });
  }
}
