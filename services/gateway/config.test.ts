import { expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

test("an empty environment gives the documented defaults", () => {
  expect(readConfig({})).toMatchObject({
    port: 8000,
    metricsPort: 9464,
    drainDelayMs: 5000,
    database: { host: "127.0.0.1", port: 5432, name: "app", user: "app", passwordFile: undefined, caFile: undefined },
  });
});

test("an empty value counts as unset", () => {
  expect(readConfig({ PORT: "", PGSSLROOTCERT: "" })).toMatchObject({ port: 8000, database: { caFile: undefined } });
});

test("every wrong variable is named at once with the value given", () => {
  const read = () => readConfig({ PORT: "http", POOL_SIZE: "0", LOG_LEVEL: "loud" });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/PORT: .*"http"\nPOOL_SIZE: .*"0"\nLOG_LEVEL: .*"loud"/);
});
