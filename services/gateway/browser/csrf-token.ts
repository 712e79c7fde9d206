import { createHmac, timingSafeEqual } from "node:crypto";
import type { SharedSecrets } from "../auth/secret-file.ts";

/** Keeps the secret's other use apart: no JWT's signed text begins like this. */
const purpose = "golive csrf 1\n";

/** The token of one session: nobody else's and no earlier one's fits, and nothing has to be stored. */
export function csrfTokenFor(session: string, secrets: SharedSecrets): string {
  return mac(session, secrets.current()[0]).toString("base64url");
}

/** Also with a secret that signs no longer: a session outlives a rotation. */
export function isCsrfTokenOf(session: string, token: string, secrets: SharedSecrets): boolean {
  const given = Buffer.from(token, "base64url");
  if (given.toString("base64url") !== token) return false;
  return secrets.current().some((secret) => {
    const expected = mac(session, secret);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function mac(session: string, secret: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(purpose).update(session).digest();
}
