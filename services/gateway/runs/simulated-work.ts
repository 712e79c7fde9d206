import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { PipelineStepFailed } from "./failures.ts";
import type { ClaimedRun } from "./progress.ts";
import { type StepName, steps } from "./steps.ts";

/**
 * Does one step of a run. Resolves when it is done, rejects when it failed, and ends early, either way, once `signal`
 * is aborted.
 * @throws PipelineStepFailed when the work itself failed; anything else counts as a fault of the gateway
 */
export type StepWork = (step: StepName, run: ClaimedRun, signal: AbortSignal) => Promise<void>;

/** How much longer than its least a step may take. */
const spread = 0.5;

/** The same for the same run and step, everywhere and always, in ms; runs differ from each other by up to half. */
export function simulatedMs(step: StepName, { pipelineId, number }: Pick<ClaimedRun, "pipelineId" | "number">): number {
  const least = steps.find(({ name }) => name === step)?.ms ?? 0;
  const hash = createHash("sha256").update(`${pipelineId}/${number}/${step}`).digest();
  return Math.round(least * (1 + (spread * hash.readUInt16BE(0)) / 0xffff));
}

/** Work that only takes time, and fails where the run was told to. @param scale of every duration; 0 is at once */
export function simulatedWork(scale = 1): StepWork {
  return async (step, run, signal) => {
    await delay(simulatedMs(step, run) * scale, undefined, { signal });
    if (run.failAt === step) throw new PipelineStepFailed(`${step} was told to fail`);
  };
}
