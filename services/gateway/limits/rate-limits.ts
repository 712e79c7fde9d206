import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { LimitsConfig } from "./config.ts";
import type { LimitsMetrics } from "./metrics.ts";
import { type PolicyName, policyNames } from "./policies.ts";
import { PolicyLimiter } from "./policy-limiter.ts";
import { LimitStore } from "./store.ts";
import { type LimitSubject, subjectKey } from "./subject.ts";

/** A few hundred bytes each; who is forgotten is hashed again. */
const maxKnownKeys = 5_000;

export interface RateLimitsParts {
  readonly metrics: LimitsMetrics;
  readonly log: Logger;
  /** Part of every key, so that two stacks may share a store. */
  readonly stack: string;
}

/** The policies in force and their shared store. One for each process. */
export class RateLimits {
  readonly #limiters: Readonly<Record<PolicyName, PolicyLimiter>>;
  readonly #store: LimitStore | undefined;
  readonly #secret: string;
  /** Of those who asked lately: a hash costs as much as the rest of a decision. */
  readonly #keys = new Map<string, string>();

  /** Connects in the background: a start does not wait for the store. */
  constructor(config: LimitsConfig, { metrics, log, stack }: RateLimitsParts) {
    const { url, storeTimeoutMs: timeoutMs } = config;
    const store = url === undefined ? undefined : new LimitStore({ url, timeoutMs, log });
    if (!store) log.warn("VALKEY_URL is not set: this replica counts rate limits for itself");
    else metrics.watchStore(() => store.takesWrites(`${stack}:limit:probe`));
    this.#store = store;
    this.#secret = secretOf(url);
    const limiters = policyNames.map((name) => {
      const keyPrefix = `${stack}:limit:${name}`;
      return [name, new PolicyLimiter(name, config.policies[name], { store, metrics, keyPrefix })] as const;
    });
    this.#limiters = Object.fromEntries(limiters) as Record<PolicyName, PolicyLimiter>;
  }

  of(policy: PolicyName): PolicyLimiter {
    return this.#limiters[policy];
  }

  keyOf(subject: LimitSubject): string {
    const text = JSON.stringify(subject);
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const key = subjectKey(subject, this.#secret);
    this.#keys.set(text, key);
    if (this.#keys.size > maxKnownKeys) this.#keys.delete(this.#keys.keys().next().value ?? "");
    return key;
  }

  /** Whether counts are shared at this moment. */
  get isShared(): boolean {
    return this.#store?.isReady ?? false;
  }

  close(): void {
    this.#store?.close();
  }
}

/** The store's password is what every replica knows. It is never itself a part of what is stored. */
function secretOf(url: string | undefined): string {
  const password = url === undefined ? "" : (URL.parse(url)?.password ?? "");
  return createHash("sha256").update(`rate limit keys ${password}`).digest("hex");
}
