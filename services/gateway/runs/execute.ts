import { context, type Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import { traceIds } from "../telemetry/trace-ids.ts";
import { recordFailure, withSpan } from "../telemetry/with-span.ts";
import type { ErrorTracker } from "../tracker/contracts.ts";
import { PipelineInterrupted, PipelineRunLost, PipelineStepFailed } from "./failures.ts";
import type { RunMetrics } from "./metrics.ts";
import type { ClaimedRun, Ending, RunProgress } from "./progress.ts";
import { retryWhileUnavailable } from "./retry-while-unavailable.ts";
import type { StepWork } from "./simulated-work.ts";
import { type StepName, stepNames } from "./steps.ts";
import { contextOf } from "./trace-parent.ts";

export interface ExecuteParts {
  readonly progress: Pick<RunProgress, "beginStep" | "endStep" | "finish">;
  readonly work: StepWork;
  readonly metrics: RunMetrics;
  readonly tracker: ErrorTracker;
  readonly log: Logger;
  /** How long a write is repeated while the database is away: after the lease the run is somebody else's to end. */
  readonly leaseMs: number;
}

/** Why a run is stopped from outside, as the reason of its signal. */
export type StopReason = "cancelled" | "interrupted" | "lost";

/** An ending with the error that explains a failure. */
type Outcome = Ending & { readonly error?: unknown };

/**
 * Executes a claimed run to its end: one span for the run, below the request that started it, and one for each step.
 * Never rejects: what goes wrong is in the run's row, its span, the log and, when it is a fault of ours, the tracker.
 */
export async function executeRun(run: ClaimedRun, parts: ExecuteParts, signal: AbortSignal): Promise<void> {
  parts.metrics.started();
  const attributes = {
    "golive.project.id": run.projectId,
    "golive.pipeline.id": run.pipelineId,
    "golive.run.number": run.number,
  };
  try {
    await context.with(contextOf(run.traceParent), () =>
      withSpan("pipeline.run", { attributes }, (span) => toItsEnd(run, parts, signal, span)),
    );
  } catch (error) {
    parts.log.warn({ err: error, run_id: run.id }, "a run was given up; its lease will run out");
    if (!(error instanceof PipelineRunLost)) parts.tracker.capture(error, { subsystem: "pipeline" });
  } finally {
    parts.metrics.left();
  }
}

async function toItsEnd(run: ClaimedRun, parts: ExecuteParts, signal: AbortSignal, span: Span): Promise<void> {
  const { progress, metrics, log } = parts;
  const started = performance.now();
  becomes(span, "run", "running");
  const outcome = await allSteps(run, parts, signal);
  const ms = performance.now() - started;
  await written(parts, () => progress.finish(run.id, outcome, ms));
  ends(span, "run", outcome);
  metrics.executed(outcome.status, ms / 1000);
  const facts = { run_id: run.id, number: run.number, duration_ms: Math.round(ms), error_code: outcome.errorCode };
  log.info({ ...facts, status: outcome.status }, "run finished");
}

async function allSteps(run: ClaimedRun, parts: ExecuteParts, signal: AbortSignal): Promise<Outcome> {
  for (const [index, name] of stepNames.entries()) {
    if (signal.aborted) return stopped(signal);
    const outcome = await oneStep(name, index + 1, run, parts, signal);
    if (outcome.status !== "succeeded") return outcome;
  }
  return { status: "succeeded", errorCode: null };
}

function oneStep(name: StepName, position: number, run: ClaimedRun, parts: ExecuteParts, signal: AbortSignal) {
  const attributes = { "golive.step.name": name };
  return withSpan(`pipeline.${name}`, { attributes }, async (span): Promise<Outcome> => {
    await written(parts, () => parts.progress.beginStep(run.id, position, traceIds()?.trace_id));
    becomes(span, "step", "running");
    const started = performance.now();
    const outcome = await outcomeOf(() => parts.work(name, run, signal), parts, signal);
    const ms = performance.now() - started;
    await written(parts, () => parts.progress.endStep(run.id, position, outcome, ms));
    ends(span, "step", outcome);
    return outcome;
  });
}

async function outcomeOf(work: () => Promise<void>, { tracker }: ExecuteParts, signal: AbortSignal): Promise<Outcome> {
  try {
    await work();
    return { status: "succeeded", errorCode: null };
  } catch (error) {
    if (signal.aborted) return stopped(signal);
    if (error instanceof PipelineStepFailed) return { status: "failed", errorCode: error.code, error };
    tracker.capture(error, { subsystem: "pipeline" });
    return { status: "failed", errorCode: "internal", error };
  }
}

/** @throws PipelineRunLost when there is nothing left to end */
function stopped(signal: AbortSignal): Outcome {
  const reason = signal.reason as StopReason;
  if (reason === "cancelled") return { status: "cancelled", errorCode: null };
  if (reason === "lost") throw new PipelineRunLost("the run's lease was given up or its pipeline deleted");
  const error = new PipelineInterrupted("the gateway stopped before the run was over");
  return { status: "failed", errorCode: error.code, error };
}

async function written({ leaseMs }: ExecuteParts, write: () => Promise<boolean>): Promise<void> {
  const ours = await retryWhileUnavailable(write, leaseMs);
  if (!ours) throw new PipelineRunLost("the run is no longer running in the database");
}

function becomes(span: Span, what: "run" | "step", status: string): void {
  span.addEvent(`${what}.status`, { [`golive.${what}.status`]: status });
}

function ends(span: Span, what: "run" | "step", { status, error }: Outcome): void {
  becomes(span, what, status);
  span.setAttribute(`golive.${what}.outcome`, status);
  if (error !== undefined) recordFailure(span, error);
}
