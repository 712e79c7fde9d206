import { type CircuitBreakerPolicy, CircuitState, circuitBreaker, handleWhen, type IBackoff } from "cockatiel";
import type { Upstream } from "./config.ts";
import { ClientGone, UpstreamFailure } from "./failure.ts";
import { FailureShare } from "./failure-share.ts";

export type BreakerState = "closed" | "half-open" | "open";

const stateNames = {
  [CircuitState.Closed]: "closed",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Open]: "open",
  [CircuitState.Isolated]: "open",
} as const satisfies Record<CircuitState, BreakerState>;

/** 501 and 505 are what a healthy server says to what it does not offer. */
const isFailing = (status: number): boolean => status >= 500 && status !== 501 && status !== 505;

/** What an upstream answered. */
export interface Answered {
  readonly status: number;
}

export interface BreakerOptions {
  readonly settings: Upstream["breaker"];
  readonly upstream: string;
  readonly onState: (state: BreakerState) => void;
  readonly monotonic?: () => number;
}

/** Leaves an upstream alone that fails, and asks with one request at a time whether it is back. */
export class Breaker {
  readonly #policy: CircuitBreakerPolicy;
  readonly #upstream: string;
  readonly #halfOpenAfterMs: number;
  readonly #monotonic: () => number;
  #openedAt = 0;

  constructor({ settings, upstream, onState, monotonic = () => performance.now() }: BreakerOptions) {
    this.#upstream = upstream;
    this.#halfOpenAfterMs = settings.halfOpenAfterMs;
    this.#monotonic = monotonic;
    this.#policy = circuitBreaker(
      handleWhen((error) => this.#countsAsFailure(error)).orWhenResult(
        (result) => typeof result === "object" && isFailing((result as Answered).status),
      ),
      {
        breaker: new FailureShare(settings.threshold, settings.minRequests, monotonic),
        halfOpenAfter: { next: () => this.#openFromNow() },
      },
    );
    this.#policy.onStateChange((state) => onState(stateNames[state]));
  }

  get state(): BreakerState {
    return stateNames[this.#policy.state];
  }

  /**
   * Runs the work unless the breaker is open, and learns from how it ends.
   * @throws UpstreamFailure `open`, or whatever the work throws
   */
  async run(work: () => Promise<Answered>): Promise<Answered> {
    // A probe is under way: the library would let the others wait for it, and they would wait in ever greater number.
    if (this.state === "half-open" || this.#isResting()) {
      throw new UpstreamFailure("open", this.#upstream, { retryAfterSeconds: this.#retryAfterSeconds() });
    }
    return this.#policy.execute(work);
  }

  #isResting(): boolean {
    return this.state === "open" && this.#monotonic() - this.#openedAt < this.#halfOpenAfterMs;
  }

  #retryAfterSeconds(): number {
    const leftMs = this.#openedAt + this.#halfOpenAfterMs - this.#monotonic();
    return Math.max(1, Math.ceil(leftMs / 1000));
  }

  /** A client that gives up on a probe has seen no sign of life, and closing on that would let everyone run into the same silence. */
  #countsAsFailure(error: unknown): boolean {
    if (error instanceof UpstreamFailure) return error.facts.counts;
    return error instanceof ClientGone && this.state === "half-open";
  }

  /** The library compares with the wall clock, which may be set back by an hour; `run` has looked at a better one by then. */
  #openFromNow(): IBackoff<unknown> {
    this.#openedAt = this.#monotonic();
    return { duration: Number.NEGATIVE_INFINITY, next: () => this.#openFromNow() };
  }
}
