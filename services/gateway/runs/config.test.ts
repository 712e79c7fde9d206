import { expect, test } from "vitest";
import { z } from "zod";
import { runConfig, runFaults, runVariables } from "./config.ts";

const parse = (env: Record<string, string>) => z.object(runVariables).parse(env);

test("nothing needs to be set", () => {
  expect(runConfig(parse({}))).toEqual({ concurrency: 4, leaseMs: 30_000, pollMs: 5_000, stepScale: 1 });
  expect(runFaults(parse({}))).toEqual([]);
});

test("a poll that is longer than a lease is refused with both values", () => {
  const faults = runFaults(parse({ RUN_POLL_SECONDS: "60", RUN_LEASE_SECONDS: "20" }));
  expect(faults).toEqual([expect.stringMatching(/^RUN_POLL_SECONDS: .*\(20\).* got 60$/)]);
});

test.each([{ RUN_CONCURRENCY: "-1" }, { RUN_CONCURRENCY: "1.5" }, { RUN_LEASE_SECONDS: "0" }, { RUN_STEP_SCALE: "x" }])(
  "%j is refused",
  (env) => {
    expect(() => parse(env as unknown as Record<string, string>)).toThrow();
  },
);

test("every variable says what it is for", () => {
  for (const field of Object.values(runVariables)) expect(field.description).toBeTruthy();
});
