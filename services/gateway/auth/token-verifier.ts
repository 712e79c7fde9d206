import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { principalFrom, type VerifiedToken } from "./claims.ts";
import type { AuthConfig } from "./config.ts";
import { Jwks, type JwksParts } from "./jwks.ts";
import { CredentialRefused, IdentityUnavailable, type Refusal } from "./refusals.ts";
import type { SharedSecrets } from "./secret-file.ts";
import { readHeader } from "./token-header.ts";

/**
 * A token names its algorithm itself, so each is taken only with the kind of key it is for: a public key is never a shared secret.
 * `none` is not among them.
 */
export const algorithms = {
  public: ["RS256", "PS256", "ES256", "EdDSA"],
  shared: ["HS256"],
} as const satisfies Record<string, readonly string[]>;

/** For clocks of issuers that are off; longer would only lengthen every token's life. */
const clockToleranceSeconds = 60;

export interface TokenVerifier {
  /** @throws CredentialRefused when the token is bad, IdentityUnavailable when nobody can say whether it is */
  verify(token: string): Promise<VerifiedToken>;
}

export interface TokenVerifierParts extends JwksParts {
  /** Those of `config.secretFile`; HS256 is refused without. */
  readonly secrets: SharedSecrets | undefined;
}

export function tokenVerifier(config: AuthConfig, parts: TokenVerifierParts): TokenVerifier {
  const { jwksUrl, issuer, audience, rolesClaim } = config;
  const { secrets } = parts;
  const jwks = jwksUrl && new Jwks(jwksUrl, parts);
  const rules = { issuer, audience, clockTolerance: clockToleranceSeconds, requiredClaims: ["exp", "sub"] };

  const check = (token: string, alg: string): Promise<JWTPayload> => {
    if (jwks && includes(algorithms.public, alg)) return checkPublic(token, jwks, { ...rules, algorithms: [alg] });
    if (secrets && includes(algorithms.shared, alg))
      return checkShared(token, secrets, { ...rules, algorithms: [alg] });
    throw new CredentialRefused("algorithm");
  };
  return {
    async verify(token) {
      const { alg } = readHeader(token);
      try {
        return principalFrom(await check(token, alg), rolesClaim);
      } catch (error) {
        if (error instanceof CredentialRefused || error instanceof IdentityUnavailable) throw error;
        throw new CredentialRefused(refusalFor(error));
      }
    },
  };
}

async function checkPublic(token: string, jwks: Jwks, options: JWTVerifyOptions): Promise<JWTPayload> {
  return (await jwtVerify(token, (header) => jwks.find(header), options)).payload;
}

async function checkShared(token: string, secrets: SharedSecrets, options: JWTVerifyOptions): Promise<JWTPayload> {
  for (const secret of secrets.current()) {
    try {
      return (await jwtVerify(token, secret, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new CredentialRefused("signature");
}

const includes = (list: readonly string[], text: string): boolean => list.includes(text);

const refusalOfCode: Readonly<Record<string, Refusal>> = {
  [errors.JWTExpired.code]: "expired",
  [errors.JOSEAlgNotAllowed.code]: "algorithm",
  [errors.JWKSNoMatchingKey.code]: "unknown-key",
  [errors.JWKSMultipleMatchingKeys.code]: "ambiguous-key",
  [errors.JWKSInvalid.code]: "unusable-key",
  [errors.JWSSignatureVerificationFailed.code]: "signature",
};

const refusalOfClaim: Readonly<Record<string, Refusal>> = {
  iss: "issuer",
  aud: "audience",
  sub: "subject",
};

function refusalFor(error: unknown): Refusal {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "nbf" && error.reason === "check_failed") return "not-yet-valid";
    return refusalOfClaim[error.claim] ?? "claims";
  }
  if (error instanceof errors.JOSEError) return refusalOfCode[error.code] ?? "malformed";
  // Anything else comes from importing or using a key of the set: too short, or not what its type says.
  return "unusable-key";
}
