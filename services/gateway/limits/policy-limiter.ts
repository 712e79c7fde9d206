import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { LimitSettings } from "./config.ts";
import { LocalBuckets } from "./local-buckets.ts";
import type { LimitsMetrics } from "./metrics.ts";
import type { PolicyName } from "./policies.ts";
import { type LimitStore, reasonOf, StoreUnavailable } from "./store.ts";

/** How long a refusal is repeated from memory: what an operator reset counts again everywhere after this. */
const repeatRefusalsMs = 2_000;

/** Refusals in memory; the library searches all of them at every further one beyond 999. */
const maxRefusals = 900;

/** What is known of a key in its window. */
export interface Verdict {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  /** The one request that went over the limit first: true once for each key and window, whichever replica it met. */
  readonly crossed: boolean;
}

export type Decision =
  | (Verdict & { readonly kind: "counted"; readonly degraded: boolean })
  | { readonly kind: "uncounted"; readonly reason: string };

/** How a key stands, for an operator. */
export interface Standing {
  readonly used: number;
  /** Until the window ends; 0 without a window. */
  readonly resetMs: number;
  readonly source: "store" | "replica";
}

export interface PolicyLimiterParts {
  /** Undefined: there is none, and this replica's own count is the count. */
  readonly store: LimitStore | undefined;
  readonly metrics: LimitsMetrics;
  readonly keyPrefix: string;
}

/** Decides for one policy: by the shared count, or by the policy's word for the time without it. */
export class PolicyLimiter {
  readonly name: PolicyName;
  readonly settings: LimitSettings;
  readonly #store: LimitStore | undefined;
  readonly #shared: RateLimiterRedis | undefined;
  readonly #local: LocalBuckets;
  readonly #metrics: LimitsMetrics;
  #refusals = 0;
  #refusalsSince = 0;

  constructor(name: PolicyName, settings: LimitSettings, { store, metrics, keyPrefix }: PolicyLimiterParts) {
    this.name = name;
    this.settings = settings;
    this.#store = store;
    this.#metrics = metrics;
    this.#local = new LocalBuckets(settings.seconds);
    this.#shared =
      store &&
      new RateLimiterRedis({
        storeClient: store.client,
        keyPrefix,
        points: settings.points,
        duration: settings.seconds,
        rejectIfRedisNotReady: true,
        // One more than allowed: the first refusal of a window is the store's own, so that it is known to be the first.
        inMemoryBlockOnConsumed: settings.points + 1,
      });
  }

  /** Counts one request of the key. Takes no longer than the store's timeout, and never throws. */
  async decide(key: string): Promise<Decision> {
    try {
      const shared = await this.#countShared(key);
      if (shared) return { kind: "counted", degraded: false, ...shared };
    } catch (error) {
      if (this.settings.onStoreError === "closed") return { kind: "uncounted", reason: reasonOf(error) };
    }
    return { kind: "counted", degraded: true, ...this.#countHere(key) };
  }

  /** @throws StoreUnavailable */
  async standing(key: string): Promise<Standing> {
    const shared = await this.#ask((limiter) => limiter.get(key));
    if (shared.asked) {
      return {
        used: shared.answer?.consumedPoints ?? 0,
        resetMs: Math.max(0, shared.answer?.msBeforeNext ?? 0),
        source: "store",
      };
    }
    const { used = 0, resetMs = 0 } = this.#local.get(key) ?? {};
    return { used, resetMs, source: "replica" };
  }

  /** The key's next request begins a window: here now, on other replicas within two seconds. @throws StoreUnavailable */
  async reset(key: string): Promise<void> {
    this.#local.delete(key);
    await this.#ask((limiter) => limiter.delete(key));
    this.#forgetRefusals();
  }

  /** Keys in this replica's memory. */
  get localKeys(): number {
    return this.#local.size;
  }

  async #countShared(key: string): Promise<Verdict | undefined> {
    if (performance.now() - this.#refusalsSince > repeatRefusalsMs) this.#forgetRefusals();
    const result = await this.#ask((limiter) => limiter.consume(key).catch(refusal));
    if (!result.asked) return undefined;
    const { consumedPoints: used, remainingPoints: remaining, msBeforeNext: resetMs } = result.answer;
    const { points } = this.settings;
    if (used > points) this.#refusals += 1;
    if (this.#refusals >= maxRefusals) this.#forgetRefusals();
    const allowed = used <= points && !isRemembered(result.answer);
    return { allowed, remaining, resetMs, crossed: used === points + 1 };
  }

  #countHere(key: string): Verdict {
    const { used, resetMs } = this.#local.consume(key);
    const { points } = this.settings;
    return { allowed: used <= points, remaining: Math.max(0, points - used), resetMs, crossed: used === points + 1 };
  }

  async #ask<T>(
    question: (limiter: RateLimiterRedis) => Promise<T>,
  ): Promise<{ asked: true; answer: T } | { asked: false }> {
    const shared = this.#shared;
    if (!shared || !this.#store) return { asked: false };
    const started = performance.now();
    try {
      const answer = await this.#store.ask(() => question(shared));
      if (!isRemembered(answer)) this.#metrics.storeAsked("answered", (performance.now() - started) / 1000);
      return { asked: true, answer };
    } catch (error) {
      this.#metrics.storeAsked("failed", (performance.now() - started) / 1000);
      throw error instanceof StoreUnavailable ? error : new StoreUnavailable(reasonOf(error));
    }
  }

  #forgetRefusals(): void {
    if (this.#refusals > 0) this.#shared?.deleteInMemoryBlockedAll();
    this.#refusals = 0;
    this.#refusalsSince = performance.now();
  }
}

/** The library throws its answer when it is no. */
function refusal(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown;
  throw thrown;
}

/** A refusal that the library repeats from memory, without a question to the store, does not know how many requests there were. */
const isRemembered = (answer: unknown): boolean => answer instanceof RateLimiterRes && answer.consumedPoints === 0;
