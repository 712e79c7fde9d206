import { type AuthEnvironment, authFaults } from "../../services/gateway/auth/config.ts";
import { browserFaults } from "../../services/gateway/browser/config.ts";
import { limitsFaults } from "../../services/gateway/limits/config.ts";
import { proxyFaults } from "../../services/gateway/proxy/config.ts";
import type { ConfigFault } from "../config/faults.ts";
import type { PlatformConfig } from "../config/schema.ts";
import { gatewaySettings } from "./gateway-settings.ts";

/** Where each variable of the gateway comes from. */
const keys = {
  UPSTREAMS: "upstreams",
  CORS_ORIGINS: "corsOrigins",
  RATE_LIMITS: "rateLimits",
  AUTH_JWKS_URL: "auth.jwksUrl",
  AUTH_ISSUER: "auth.issuer",
  AUTH_AUDIENCE: "auth.audience",
  AUTH_SESSION_COOKIE: "auth.sessionCookie",
} as const;

/** What the gateway would refuse at its start is refused here, before anything is changed. */
export function gatewayFaults({ gateway, protect }: PlatformConfig): ConfigFault[] {
  const env = gatewaySettings(gateway);
  const said = [
    ...proxyFaults({ UPSTREAMS: env.UPSTREAMS }),
    ...browserFaults({ CORS_ORIGINS: env.CORS_ORIGINS }),
    ...limitsFaults({ VALKEY_URL: undefined, RATE_LIMITS: env.RATE_LIMITS, RATE_LIMIT_STORE_TIMEOUT_MS: 50 }),
    ...authFaults(authEnvironment(env, gateway.auth.sessionCookie)),
  ];
  return [...said.map(asFault), ...exampleData(gateway.exampleData, protect)];
}

function authEnvironment(env: Readonly<Record<string, string>>, cookie: boolean): AuthEnvironment {
  return {
    AUTH_JWKS_URL: env["AUTH_JWKS_URL"],
    AUTH_SECRET_FILE: env["AUTH_SECRET_FILE"],
    AUTH_ISSUER: env["AUTH_ISSUER"],
    AUTH_AUDIENCE: env["AUTH_AUDIENCE"],
    AUTH_ROLES_CLAIM: "roles",
    AUTH_SESSION_COOKIE: cookie,
  };
}

/** From the gateway's own words, `UPSTREAMS[0].prefix: …`, to the key of this configuration. */
function asFault(text: string): ConfigFault {
  const [, variable = "", rest = "", message = ""] = /^([A-Z_]+)([^:]*): (.*)$/s.exec(text) ?? [];
  const key = keys[variable as keyof typeof keys] ?? variable;
  return {
    path: `golive:gateway.${key}${rest.replaceAll(/\[(\d+)\]/g, ".$1")}`,
    given: "what the gateway refuses",
    allowed: message,
    fix: "correct it; services/gateway/README.md has the whole table",
  };
}

/** Example users have roles, and what is protected is meant for real ones. */
function exampleData(wanted: boolean, protect: boolean): ConfigFault[] {
  if (!wanted || !protect) return [];
  return [
    {
      path: "golive:gateway.exampleData",
      given: "true",
      allowed: "false where golive:protect is true",
      fix: "remove it",
    },
  ];
}
