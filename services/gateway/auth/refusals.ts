/**
 * Why a credential is refused. The code goes to logs and metrics in place of the credential; the client learns no more than
 * `expired` or not, which is all that an honest one can act upon.
 */
export const refusals = {
  "doubled-header": "more than one authorization header came",
  scheme: "the authorization header is not of the form Bearer token",
  "doubled-cookie": "more than one session cookie came",
  "too-large": "the token is longer than any that is issued",
  malformed: "the token is not three canonical base64url segments with JSON objects inside",
  algorithm: "the algorithm is not one that the configured keys are for",
  header: "the header carries a parameter that would change how the token is checked",
  type: "the token was made for another purpose",
  "key-id": "the key id cannot be one of a key set",
  "unknown-key": "no key of the set has this id and fits the algorithm",
  "ambiguous-key": "several keys of the set could be meant",
  "unusable-key": "the key of the set cannot verify anything",
  signature: "the signature is not of this text and key",
  expired: "the token has expired",
  "not-yet-valid": "the token is not valid yet",
  issuer: "somebody else issued the token",
  audience: "the token is for somebody else",
  claims: "a claim is missing or has the wrong type",
  subject: "the subject is missing or unprintable",
  session: "a session cookie's token needs jti or iat, which CSRF tokens are bound to",
} as const satisfies Record<string, string>;

export type Refusal = keyof typeof refusals;

/** Keeps no cause: those of the JWT library carry the token's claims. */
export class CredentialRefused extends Error {
  override readonly name = "CredentialRefused";
  readonly reason: Refusal;

  constructor(reason: Refusal) {
    super(refusals[reason]);
    this.reason = reason;
  }
}

/** The keys to check a token with cannot be had: no fault of whoever sent it. */
export class IdentityUnavailable extends Error {
  override readonly name = "IdentityUnavailable";
}
