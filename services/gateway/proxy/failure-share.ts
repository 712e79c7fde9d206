import { CircuitState, type IBreaker } from "cockatiel";

const bucketMs = 1_000;
const bucketCount = 10;

interface Bucket {
  /** Second it counts, on the monotonic clock. */
  second: number;
  successes: number;
  failures: number;
}

/**
 * Opens at a share of failures among the requests of the last ten seconds. On the monotonic clock, where a step of the wall clock
 * would make it forget, or never forget; and failures of a quiet hour ago are gone at the first request after it.
 */
export class FailureShare implements IBreaker {
  /** Of no use here: the state is not carried over to another process. */
  state: unknown;
  readonly #threshold: number;
  readonly #minRequests: number;
  readonly #monotonic: () => number;
  readonly #buckets: Bucket[] = [];

  constructor(threshold: number, minRequests: number, monotonic: () => number) {
    this.#threshold = threshold;
    this.#minRequests = minRequests;
    this.#monotonic = monotonic;
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.#buckets.length = 0;
    this.#current().successes += 1;
  }

  failure(state: CircuitState): boolean {
    this.#current().failures += 1;
    if (state !== CircuitState.Closed) return true;
    let [failures, total] = [0, 0];
    for (const bucket of this.#buckets) {
      failures += bucket.failures;
      total += bucket.failures + bucket.successes;
    }
    return total >= this.#minRequests && failures >= this.#threshold * total;
  }

  #current(): Bucket {
    const second = Math.floor(this.#monotonic() / bucketMs);
    while (this.#buckets[0] && this.#buckets[0].second <= second - bucketCount) this.#buckets.shift();
    const last = this.#buckets.at(-1);
    if (last?.second === second) return last;
    const bucket = { second, successes: 0, failures: 0 };
    this.#buckets.push(bucket);
    return bucket;
  }
}
