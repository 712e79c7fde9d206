import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { subjectPattern } from "./claims.ts";
import { ownTokens } from "./config.ts";
import { type Role, roles } from "./principal.ts";
import { minSecretBytes } from "./secret-file.ts";

export interface TokenRequest {
  /** `sub`: 1–255 printable ASCII characters. */
  readonly subject: string;
  readonly roles: readonly Role[];
  /** Until it expires, at most a day: nothing can take a token back. */
  readonly minutes: number;
  /** @default those of tokens of the platform itself */
  readonly issuer?: string;
  readonly audience?: string;
  readonly rolesClaim?: string;
}

const maxMinutes = 24 * 60;

/**
 * A token that a gateway with the same shared secret accepts: for a platform without an identity provider, and for tests.
 * @param secret the first of the gateway's secrets, as text
 * @throws RangeError that names the value which cannot be
 */
export function issueToken(secret: string, request: TokenRequest): Promise<string> {
  const { subject, minutes, issuer, audience, rolesClaim } = { ...ownTokens, ...request };
  const key = Buffer.from(secret);
  if (key.length < minSecretBytes) throw new RangeError(`the secret has ${key.length} bytes, not ${minSecretBytes}`);
  if (!subjectPattern.test(subject)) throw new RangeError("the subject is not 1 to 255 printable characters");
  const unknown = request.roles.filter((role) => !roles.includes(role));
  if (unknown.length > 0) throw new RangeError(`${unknown.join(", ")}: no role; the roles are ${roles.join(", ")}`);
  if (!(minutes > 0 && minutes <= maxMinutes)) {
    throw new RangeError(`a token lives more than 0 and at most ${maxMinutes} minutes, got ${minutes}`);
  }
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ [rolesClaim]: [...request.roles] })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(minutes * 60))
    .setJti(randomUUID())
    .sign(key);
}
