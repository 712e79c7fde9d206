import { hkdfSync } from "node:crypto";

/** Shortest seed accepted: 32 characters of base64 or hex hold at least 128 bits. */
export const minimumSeedLength = 32;

/**
 * One password a purpose, all from the stack's seed: the seed is the only secret to keep, and a lost state can be
 * rebuilt with the same passwords. URL-safe, 32 characters (192 bits), so it needs no quoting in a URL or a conf file.
 */
export function deriveSecret(seed: string, purpose: string): string {
  return deriveBytes(seed, purpose, 24).toString("base64url");
}

/** Key material of a purpose, by HKDF-SHA-256 of the seed. A purpose is used for one length only: a shorter one is the start of a longer. */
export function deriveBytes(seed: string, purpose: string, length: number): Buffer {
  if (seed.length < minimumSeedLength)
    throw new RangeError(`seed has ${seed.length} characters, needs ${minimumSeedLength}`);
  if (purpose === "") throw new RangeError("purpose of a derived secret is empty");
  return Buffer.from(hkdfSync("sha256", seed, "golive/v1", purpose, length));
}
