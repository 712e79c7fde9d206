import { z } from "zod";

export const authVariables = {
  AUTH_JWKS_URL: z.url().optional().describe("public keys of the identity provider; https, or http on this machine"),
  AUTH_SECRET_FILE: z
    .string()
    .optional()
    .describe(
      "shared secrets for HS256 and CSRF tokens: a file with one a line, or a folder with one a file; first signs",
    ),
  AUTH_ISSUER: z.string().max(512).optional().describe("`iss` of accepted tokens, exactly; golive without a JWKS"),
  AUTH_AUDIENCE: z.string().max(512).optional().describe("`aud` must hold this; golive-gateway without a JWKS"),
  AUTH_ROLES_CLAIM: z
    .string()
    .max(256)
    .default("roles")
    .describe("claim with the roles; dots lead into nested objects, as in realm_access.roles"),
  AUTH_SESSION_COOKIE: z
    .stringbool()
    .default(false)
    .describe("also take the token from the cookie __Host-golive; unsafe requests then need a CSRF token"),
};

export type AuthEnvironment = z.infer<z.ZodObject<typeof authVariables>>;

export interface AuthConfig {
  readonly jwksUrl: URL | undefined;
  readonly secretFile: string | undefined;
  readonly issuer: string;
  readonly audience: string;
  readonly rolesClaim: string;
  readonly sessionCookie: boolean;
}

/** What tokens of the platform itself say, where no identity provider has names of its own. */
export const ownTokens = { issuer: "golive", audience: "golive-gateway", rolesClaim: "roles" } as const;

export function authConfig(e: AuthEnvironment): AuthConfig {
  return {
    jwksUrl: e.AUTH_JWKS_URL === undefined ? undefined : new URL(e.AUTH_JWKS_URL),
    secretFile: e.AUTH_SECRET_FILE,
    issuer: e.AUTH_ISSUER ?? ownTokens.issuer,
    audience: e.AUTH_AUDIENCE ?? ownTokens.audience,
    rolesClaim: e.AUTH_ROLES_CLAIM,
    sessionCookie: e.AUTH_SESSION_COOKIE,
  };
}

/** Faults that take more than one variable, or more than its type, to see. */
export function authFaults(e: AuthEnvironment): string[] {
  const faults: string[] = [];
  if (e.AUTH_JWKS_URL === undefined && e.AUTH_SECRET_FILE === undefined) {
    faults.push("AUTH_JWKS_URL, AUTH_SECRET_FILE: neither is set, so no token could be checked; set one of them");
  }
  if (e.AUTH_JWKS_URL !== undefined) {
    faults.push(...urlFaults(new URL(e.AUTH_JWKS_URL)));
    for (const name of ["AUTH_ISSUER", "AUTH_AUDIENCE"] as const) {
      if (e[name] === undefined) faults.push(`${name}: must be set beside AUTH_JWKS_URL, as the provider writes it`);
    }
  }
  if (e.AUTH_SESSION_COOKIE && e.AUTH_SECRET_FILE === undefined) {
    faults.push("AUTH_SESSION_COOKIE: needs AUTH_SECRET_FILE, which CSRF tokens are made with");
  }
  return faults;
}

export const loopbackHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whoever can change the keys on their way can sign any token. Messages do not repeat a URL that holds a password. */
function urlFaults(url: URL): string[] {
  const faults: string[] = [];
  if (url.username !== "" || url.password !== "") faults.push("AUTH_JWKS_URL: must not hold a user or password");
  const safe = url.protocol === "https:" || (url.protocol === "http:" && loopbackHosts.has(url.hostname));
  if (!safe) faults.push(`AUTH_JWKS_URL: must be https (http only on this machine), got ${url.protocol}//${url.host}`);
  return faults;
}
