import { type CryptoKey, createLocalJWKSet, errors, type JWSHeaderParameters, type LocalJWKSet } from "jose";
import type { Logger } from "pino";
import type { AuthMetrics } from "./metrics.ts";
import { IdentityUnavailable } from "./refusals.ts";

/** What the life of fetched keys is made of. */
export interface JwksTimes {
  /** Then the keys are fetched anew in the background, with the next token that comes. */
  readonly freshForMs: number;
  /** Then keys that could not be renewed are used no longer: one of them may have been revoked. */
  readonly staleForMs: number;
  /** Between two fetches because of a key id nobody knows: anyone can send those. */
  readonly cooldownMs: number;
  /** After a fetch that failed. */
  readonly retryAfterMs: number;
  /** Of one fetch, to its last byte. */
  readonly timeoutMs: number;
}

/** A provider announces a key well before it signs with it, and outages of a day are the longest that anybody sits out. */
export const jwksTimes: JwksTimes = {
  freshForMs: 10 * 60_000,
  staleForMs: 24 * 3_600_000,
  cooldownMs: 30_000,
  retryAfterMs: 5_000,
  timeoutMs: 3_000,
};

/** Two thousand RSA keys; large providers publish a dozen. */
const maxBytes = 1024 * 1024;

const publicKeyTypes = new Set(["RSA", "EC", "OKP"]);

export interface JwksParts {
  readonly log: Logger;
  readonly metrics: AuthMetrics;
  readonly times?: JwksTimes;
  /** In ms; monotonic, as a step of the wall clock must not make old keys young. */
  readonly now?: () => number;
}

/** Public keys behind a URL. They outlive an outage of the URL, and strangers cannot make it fetch more than once a cooldown. */
export class Jwks {
  readonly #url: URL;
  readonly #log: Logger;
  readonly #metrics: AuthMetrics;
  readonly #times: JwksTimes;
  readonly #now: () => number;
  #loaded: { readonly keys: LocalJWKSet; readonly at: number } | undefined;
  #fetching: Promise<void> | undefined;
  #lastFetchAt = Number.NEGATIVE_INFINITY;
  #failing = false;

  constructor(url: URL, { log, metrics, times = jwksTimes, now = () => performance.now() }: JwksParts) {
    this.#url = url;
    this.#log = log;
    this.#metrics = metrics;
    this.#times = times;
    this.#now = now;
  }

  /** @throws IdentityUnavailable when there are no keys to look in; errors of jose when none of them, or several, fit the header */
  async find(header: JWSHeaderParameters): Promise<CryptoKey> {
    const keys = await this.#usable();
    try {
      return await keys(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#fetchUnlessWithin(this.#times.cooldownMs);
      const renewed = this.#loaded?.keys;
      if (renewed === undefined || renewed === keys) throw error;
      return renewed(header);
    }
  }

  async #usable(): Promise<LocalJWKSet> {
    const age = this.#age();
    if (age >= this.#times.freshForMs) {
      const fetching = this.#fetchUnlessWithin(this.#times.retryAfterMs);
      // Nobody waits while there are keys to go on with.
      if (age >= this.#times.staleForMs) await fetching;
    }
    if (!this.#loaded || this.#age() >= this.#times.staleForMs) {
      throw new IdentityUnavailable("the identity provider's keys could not be fetched");
    }
    return this.#loaded.keys;
  }

  #age(): number {
    return this.#loaded ? this.#now() - this.#loaded.at : Number.POSITIVE_INFINITY;
  }

  /** One fetch at a time, which everyone who needs it waits for. Never rejects. */
  #fetchUnlessWithin(pauseMs: number): Promise<void> {
    if (this.#fetching) return this.#fetching;
    if (this.#now() - this.#lastFetchAt < pauseMs) return Promise.resolve();
    this.#lastFetchAt = this.#now();
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      this.#loaded = { keys: await fetchKeys(this.#url, this.#times.timeoutMs), at: this.#now() };
      this.#metrics.keysFetched("ok");
      if (this.#failing) this.#log.info("the identity provider's keys can be fetched again");
      this.#failing = false;
    } catch (error) {
      this.#metrics.keysFetched("failed");
      // One line an outage.
      if (!this.#failing) this.#log.error({ err: error }, "the identity provider's keys cannot be fetched");
      this.#failing = true;
    }
  }
}

async function fetchKeys(url: URL, timeoutMs: number): Promise<LocalJWKSet> {
  const response = await fetch(url, {
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the answer has status ${response.status}, not 200`);
  }
  const keys = createLocalJWKSet(parsed(await boundedText(response)));
  // A provider that forgets all of its keys is broken; the ones it had are better than none.
  if (!keys.jwks().keys.some(({ kty }) => publicKeyTypes.has(String(kty)))) {
    throw new Error("the answer holds no public key");
  }
  return keys;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The parser's own message would carry the start of whatever page came instead. */
function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the answer is not JSON");
  }
}
