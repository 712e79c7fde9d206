import type { VerifiedToken } from "./claims.ts";
import type { TokenVerifier } from "./token-verifier.ts";

/** How long a verdict stands: as long as a key that was taken away, or a clock that ran past `exp`, may still let a token through. */
const rememberMs = 5_000;

/** A token is a kilobyte at most in practice; one that is forgotten is verified again. */
const maxRemembered = 2_000;

interface Remembered {
  readonly token: VerifiedToken;
  /** Monotonic, in ms. */
  readonly until: number;
}

export interface RecentTokensOptions {
  /** Monotonic, in ms. @default performance.now */
  readonly now?: () => number;
  /** In ms since 1970. @default Date.now */
  readonly wallClock?: () => number;
}

/**
 * Remembers for a few seconds which tokens were good. A page's requests come in bursts, and a signature costs as much as the rest of
 * a short request. Refusals are never remembered: they would be a way to fill the memory, and keys may have come meanwhile.
 */
export class RecentTokens implements TokenVerifier {
  readonly #verifier: TokenVerifier;
  readonly #now: () => number;
  readonly #wallClock: () => number;
  /** The oldest in front. */
  readonly #good = new Map<string, Remembered>();

  constructor(
    verifier: TokenVerifier,
    { now = () => performance.now(), wallClock = () => Date.now() }: RecentTokensOptions = {},
  ) {
    this.#verifier = verifier;
    this.#now = now;
    this.#wallClock = wallClock;
  }

  async verify(text: string): Promise<VerifiedToken> {
    const known = this.#good.get(text);
    if (known && this.#now() < known.until) return known.token;
    const token = await this.#verifier.verify(text);
    const leftMs = token.expires * 1000 - this.#wallClock();
    // One in its tolerance after `exp` is looked at each time.
    if (leftMs <= 0) return token;
    this.#good.delete(text);
    this.#good.set(text, { token, until: this.#now() + Math.min(rememberMs, leftMs) });
    if (this.#good.size > maxRemembered) this.#good.delete(this.#good.keys().next().value ?? "");
    return token;
  }
}
