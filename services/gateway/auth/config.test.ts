import { expect, test } from "vitest";
import { z } from "zod";
import { authConfig, authFaults, authVariables } from "./config.ts";

const environment = z.object(authVariables);
const faults = (env: Record<string, string>) => authFaults(environment.parse(env));

test("a shared secret is enough, and the platform's own names are the presets", () => {
  const env = { AUTH_SECRET_FILE: "/secrets/auth" };
  expect(faults(env)).toEqual([]);
  expect(authConfig(environment.parse(env))).toEqual({
    jwksUrl: undefined,
    secretFile: "/secrets/auth",
    issuer: "golive",
    audience: "golive-gateway",
    rolesClaim: "roles",
    sessionCookie: false,
  });
});

const provider = { AUTH_ISSUER: "https://id.example/", AUTH_AUDIENCE: "api" };

test.each(["https://id.example/keys", "http://127.0.0.1:9000/keys", "http://localhost/keys", "http://[::1]:1/keys"])(
  "keys at %s are fine",
  (url) => {
    expect(faults({ AUTH_JWKS_URL: url, ...provider })).toEqual([]);
  },
);

test.each([
  ["http across a network", { AUTH_JWKS_URL: "http://id.example/keys", ...provider }, "must be https"],
  ["a file", { AUTH_JWKS_URL: "file:///etc/keys", ...provider }, "must be https"],
  [
    "a password",
    { AUTH_JWKS_URL: "https://u:canary@id.example/keys", ...provider },
    "must not hold a user or password",
  ],
  [
    "a cookie without a secret",
    { AUTH_JWKS_URL: "https://a/k", AUTH_SESSION_COOKIE: "true", ...provider },
    "AUTH_SECRET",
  ],
  ["no keys at all", {}, "neither is set"],
])("%s is a fault", (_what, env, message) => {
  const found = faults(env);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
  expect(found[0]).not.toContain("canary");
});

test("a provider without issuer and audience is two faults", () => {
  expect(faults({ AUTH_JWKS_URL: "https://id.example/keys" })).toHaveLength(2);
});
