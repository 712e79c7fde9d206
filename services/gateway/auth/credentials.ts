import type { IncomingMessage } from "node:http";
import { CredentialRefused } from "./refusals.ts";

/** `__Host-` makes browsers refuse it from other hosts of the domain, from plain http, and for less than the whole host. */
export const sessionCookieName = "__Host-golive";

export interface Credential {
  readonly kind: "bearer" | "cookie";
  readonly token: string;
}

const bearer = /^bearer +([^ ]+)$/i;

/**
 * The token a request came with: from the authorization header, else from the session cookie where those are taken. Never from
 * the query string, which ends up in logs, histories and referrers.
 * @returns undefined when there is none
 * @throws CredentialRefused when it cannot be told what is meant
 */
export function credentialOf(request: IncomingMessage, cookies: boolean): Credential | undefined {
  // `headers` keeps the first of several and is silent about the others.
  const [header, ...others] = request.headersDistinct.authorization ?? [];
  if (others.length > 0) throw new CredentialRefused("doubled-header");
  if (header !== undefined) {
    const token = bearer.exec(header)?.[1];
    if (token === undefined) throw new CredentialRefused("scheme");
    return { kind: "bearer", token };
  }
  return cookies ? fromCookie(request.headers.cookie) : undefined;
}

/** Two cookies of one name are an attempt to put one session in the place of another; which one is first is the attacker's choice. */
function fromCookie(header = ""): Credential | undefined {
  const values = header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${sessionCookieName}=`))
    .map((pair) => pair.slice(sessionCookieName.length + 1));
  if (values.length > 1) throw new CredentialRefused("doubled-cookie");
  const [token] = values;
  return token === undefined || token === "" ? undefined : { kind: "cookie", token };
}
