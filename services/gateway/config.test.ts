import { expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const auth = { AUTH_SECRET_FILE: "/run/secrets/auth" };

test("an empty environment gives the documented defaults", () => {
  expect(readConfig(auth)).toMatchObject({
    port: 8000,
    metricsPort: 9464,
    drainDelayMs: 5000,
    database: { host: "127.0.0.1", port: 5432, name: "app", user: "app", passwordFile: undefined, caFile: undefined },
  });
});

test("an empty value counts as unset", () => {
  expect(readConfig({ ...auth, PORT: "", PGSSLROOTCERT: "" })).toMatchObject({
    port: 8000,
    database: { caFile: undefined },
  });
});

test("every wrong variable is named at once with the value given", () => {
  const read = () => readConfig({ PORT: "http", POOL_SIZE: "0", LOG_LEVEL: "loud" });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/PORT: .*"http"\nPOOL_SIZE: .*"0"\nLOG_LEVEL: .*"loud"/);
});

test("a gateway that could check no token does not start", () => {
  expect(() => readConfig({})).toThrow(/AUTH_JWKS_URL, AUTH_SECRET_FILE: neither is set/);
});

test("faults of every part are named together, and no secret is repeated", () => {
  const canary = "canary-7c1d";
  const read = () =>
    readConfig({
      VALKEY_URL: `http://:${canary}@cache`,
      UPSTREAMS: '[{"name":"shop","prefix":"/api/docs","target":"http://shop","access":"viewer"}]',
      CORS_ORIGINS: "https://example.org/path",
      RATE_LIMITS: '{"reed":{}}',
      RUN_POLL_SECONDS: "100",
      OTEL_EXPORTER: "none",
      OTEL_TRACES_EXPORTER: "zipkin",
      SENTRY_DSN: canary,
    });
  for (const name of ["AUTH_JWKS_URL", "VALKEY_URL", "UPSTREAMS[0].prefix", "CORS_ORIGINS", "RATE_LIMITS"])
    expect(read).toThrow(`${name}`);
  for (const name of ["RUN_POLL_SECONDS", "OTEL_EXPORTER", "SENTRY_DSN"]) expect(read).toThrow(name);
  expect(read).not.toThrow(canary);
});
