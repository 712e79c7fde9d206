import type { GatewayConfig } from "./gateway-schema.ts";

/** Folder of the secrets that sign and verify the platform's own tokens: mounted whole, so that a new one needs no restart. */
export const tokenFolder = "/run/secrets/tokens";

/** Whether the stack signs tokens itself: without an identity provider, or for CSRF tokens beside one. */
export const hasOwnSecret = ({ auth }: Pick<GatewayConfig, "auth">): boolean =>
  auth.jwksUrl === undefined || auth.sessionCookie;

export type GatewaySettings = Readonly<Record<string, string>> & {
  readonly UPSTREAMS: string;
  readonly CORS_ORIGINS: string;
  readonly RATE_LIMITS: string;
};

/** The part of the gateway's environment that people configure. Nothing of it is a secret. */
export function gatewaySettings(config: GatewayConfig): GatewaySettings {
  const { auth, upstreams, corsOrigins, rateLimits, trustedHops, exampleData } = config;
  return {
    TRUSTED_HOPS: String(trustedHops),
    UPSTREAMS: JSON.stringify(upstreams.map(({ peer: _, ...entry }) => entry)),
    CORS_ORIGINS: corsOrigins.join(","),
    RATE_LIMITS: JSON.stringify(rateLimits),
    AUTH_ROLES_CLAIM: auth.rolesClaim,
    AUTH_SESSION_COOKIE: String(auth.sessionCookie),
    ...(hasOwnSecret(config) ? { AUTH_SECRET_FILE: tokenFolder } : {}),
    ...(auth.jwksUrl === undefined ? {} : { AUTH_JWKS_URL: auth.jwksUrl }),
    ...(auth.issuer === undefined ? {} : { AUTH_ISSUER: auth.issuer }),
    ...(auth.audience === undefined ? {} : { AUTH_AUDIENCE: auth.audience }),
    EXAMPLE_DATA: String(exampleData),
  };
}
