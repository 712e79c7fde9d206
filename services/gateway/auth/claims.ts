import type { JWTPayload } from "jose";
import { type Principal, type Role, roles } from "./principal.ts";
import { CredentialRefused } from "./refusals.ts";

/** A principal, and what its token says of the session. */
export interface VerifiedToken extends Principal {
  /** Tells this session from any other of the same person; undefined when the token has neither `jti` nor `iat`. */
  readonly session: string | undefined;
  /** `exp`, in seconds since 1970. */
  readonly expires: number;
}

/** OpenID Connect Core §2 allows 255 ASCII characters; ids travel on in headers, so nothing unprintable and no outer space. */
export const subjectPattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** The last second of the year 9999: JSON also writes numbers that are no date, such as 1e400. */
const lastDate = 253_402_300_799;

/**
 * Who the claims of a verified token speak of. `rolesClaim` names a claim, or with dots the way to it in nested objects; its
 * value is a list, or a text with spaces as in `scope`. Roles that are not of this API are dropped.
 * @throws CredentialRefused
 */
export function principalFrom(payload: JWTPayload, rolesClaim: string): VerifiedToken {
  for (const date of [payload.exp, payload.nbf, payload.iat]) {
    if (date !== undefined && !(date >= 0 && date <= lastDate)) throw new CredentialRefused("claims");
  }
  const { sub, exp } = payload;
  if (exp === undefined) throw new CredentialRefused("claims");
  if (typeof sub !== "string" || !subjectPattern.test(sub)) throw new CredentialRefused("subject");
  return { id: sub, roles: knownRoles(claim(payload, rolesClaim)), session: sessionOf(sub, payload), expires: exp };
}

function knownRoles(value: unknown): Role[] {
  const given: unknown[] = typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value : [];
  return roles.filter((role) => given.includes(role));
}

/** The whole name first: claims with a namespace are URLs, and those have dots. */
function claim(payload: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split(".").reduce<unknown>((value, key) => {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }, payload);
}

function sessionOf(sub: string, { jti, iat }: JWTPayload): string | undefined {
  const id = typeof jti === "string" && jti !== "" ? jti : null;
  return id === null && iat === undefined ? undefined : JSON.stringify([sub, iat ?? null, id]);
}
