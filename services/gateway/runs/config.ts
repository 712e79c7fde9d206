import { z } from "zod";

export const runVariables = {
  RUN_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(0)
    .max(100)
    .default(4)
    .describe("pipeline runs that this replica executes at once; 0 leaves them to other replicas"),
  RUN_LEASE_SECONDS: z.coerce
    .number()
    .min(1)
    .max(3600)
    .default(30)
    .describe("a run whose executor was silent for this long counts as interrupted"),
  RUN_POLL_SECONDS: z.coerce
    .number()
    .min(0.1)
    .max(600)
    .default(5)
    .describe("how often to look for runs that other replicas queued or left behind"),
  RUN_STEP_SCALE: z.coerce
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .describe("stretches the simulated work of every step; at 1 a run takes two to three seconds"),
};

export type RunEnvironment = z.infer<z.ZodObject<typeof runVariables>>;

export interface RunConfig {
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly stepScale: number;
}

export function runConfig(e: RunEnvironment): RunConfig {
  return {
    concurrency: e.RUN_CONCURRENCY,
    leaseMs: e.RUN_LEASE_SECONDS * 1000,
    pollMs: e.RUN_POLL_SECONDS * 1000,
    stepScale: e.RUN_STEP_SCALE,
  };
}

/** Faults that take more than one variable to see. */
export function runFaults(e: RunEnvironment): string[] {
  if (e.RUN_POLL_SECONDS <= e.RUN_LEASE_SECONDS) return [];
  return [
    `RUN_POLL_SECONDS: must not be longer than RUN_LEASE_SECONDS (${e.RUN_LEASE_SECONDS}), or interrupted runs ` +
      `are found late, got ${e.RUN_POLL_SECONDS}`,
  ];
}
