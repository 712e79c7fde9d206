/** How one key stands in its window. */
export interface Count {
  /** Requests of the window, this one included. */
  readonly used: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

interface Bucket {
  used: number;
  /** Monotonic, in ms. */
  readonly until: number;
}

/**
 * Keys that are remembered. A bucket takes about 200 bytes, so a million clients, or one that pretends to be a million, cost 4 MB a
 * policy and no more.
 */
const maxKeys = 20_000;

/**
 * Counts of this replica alone, for the time without the shared ones. Two generations bound the memory at no cost: when the young one
 * is full, or a window old, it becomes the old one, and what only the old one knew is forgotten. A key that keeps coming is carried
 * over, so the crowd that passes by does not wash out the count of whoever stays.
 */
export class LocalBuckets {
  readonly #windowMs: number;
  readonly #now: () => number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();
  #turnedAt: number;

  /** @param now monotonic, in ms */
  constructor(windowSeconds: number, now: () => number = () => performance.now()) {
    this.#windowMs = windowSeconds * 1000;
    this.#now = now;
    this.#turnedAt = now();
  }

  /** Counts one request. */
  consume(key: string): Count {
    const now = this.#now();
    this.#turn(now);
    const bucket = this.#find(key, now) ?? { used: 0, until: now + this.#windowMs };
    bucket.used += 1;
    this.#young.set(key, bucket);
    return { used: bucket.used, resetMs: bucket.until - now };
  }

  /** Undefined for a key without a window. */
  get(key: string): Count | undefined {
    const now = this.#now();
    const bucket = this.#find(key, now);
    return bucket && { used: bucket.used, resetMs: bucket.until - now };
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Keys in memory; never more than twenty thousand. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #find(key: string, now: number): Bucket | undefined {
    const bucket = this.#young.get(key) ?? this.#old.get(key);
    return bucket && bucket.until > now ? bucket : undefined;
  }

  #turn(now: number): void {
    const aged = now - this.#turnedAt;
    if (this.#young.size < maxKeys / 2 && aged < this.#windowMs) return;
    this.#old = aged < 2 * this.#windowMs ? this.#young : new Map();
    this.#young = new Map();
    this.#turnedAt = now;
  }
}
