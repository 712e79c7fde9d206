import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { Registry } from "@prometheus-io/client";
import { afterEach, beforeAll, expect, test } from "vitest";
import { DatabaseUnavailable } from "../database/failure.ts";
import { createLogger } from "../telemetry/log.ts";
import { noTracker } from "../tracker/contracts.ts";
import { type ExecuteParts, executeRun } from "./execute.ts";
import { RunMetrics } from "./metrics.ts";
import type { ClaimedRun, Ending } from "./progress.ts";
import { type StepWork, simulatedWork } from "./simulated-work.ts";
import { stepNames } from "./steps.ts";
import { traceParent } from "./trace-parent.ts";

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
});
afterEach(() => exporter.reset());

const claimed: ClaimedRun = {
  id: "01a21058-56ed-760c-a703-2b94c7fb6895",
  projectId: "01a21058-56ed-760c-a703-2b94c7fb6896",
  pipelineId: "01a21058-56ed-760c-a703-2b94c7fb6897",
  number: 7,
  failAt: null,
  traceParent: null,
};

/** Executes with everything that is written and captured kept for the test. */
async function execute(
  run: Partial<ClaimedRun> = {},
  {
    work = simulatedWork(0),
    progress = {},
    stop = new AbortController(),
  }: Partial<{
    work: StepWork;
    progress: Partial<ExecuteParts["progress"]>;
    stop: AbortController;
  }> = {},
) {
  const steps: string[] = [];
  const ends: Ending[] = [];
  const captured: unknown[] = [];
  const traceIds = new Set<string | undefined>();
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  const parts: ExecuteParts = {
    progress: {
      beginStep: async (_id, position, traceId) => {
        traceIds.add(traceId);
        steps.push(`${position} running`);
        return true;
      },
      endStep: async (_id, position, { status, errorCode }) => {
        steps.push(`${position} ${status}${errorCode ? ` ${errorCode}` : ""}`);
        return true;
      },
      finish: async (_id, { status, errorCode }) => {
        ends.push({ status, errorCode });
        return true;
      },
      ...progress,
    },
    work,
    metrics: new RunMetrics(registry),
    tracker: { ...noTracker, capture: (error) => void captured.push(error) },
    log: createLogger("silent"),
    leaseMs: 1_000,
  };
  await executeRun({ ...claimed, ...run }, parts, stop.signal);
  const text = await registry.metrics();
  expect(text).toMatch(/^pipeline_runs_active 0$/m);
  return { steps, ends, captured, traceIds, text };
}

const spans = () => {
  const all = exporter.getFinishedSpans();
  const run = all.find(({ name }) => name === "pipeline.run") as ReadableSpan;
  return { run, steps: all.filter((span) => span !== run) };
};
const statuses = (span: ReadableSpan | undefined, what: "run" | "step") =>
  span?.events
    .filter(({ name }) => name === `${what}.status`)
    .map(({ attributes }) => attributes?.[`golive.${what}.status`]);

test("a run is a span with one child for each step, in order, with an event for each status", async () => {
  const { ends, traceIds, text } = await execute();
  const { run, steps } = spans();
  expect(run.attributes).toEqual({
    "golive.project.id": claimed.projectId,
    "golive.pipeline.id": claimed.pipelineId,
    "golive.run.number": 7,
    "golive.run.outcome": "succeeded",
  });
  expect(run.parentSpanContext).toBeUndefined();
  expect(statuses(run, "run")).toEqual(["running", "succeeded"]);
  expect(steps.map(({ name }) => name)).toEqual(stepNames.map((name) => `pipeline.${name}`));
  for (const [index, step] of steps.entries()) {
    expect(step.parentSpanContext?.spanId).toBe(run.spanContext().spanId);
    expect(step.attributes).toEqual({ "golive.step.name": stepNames[index], "golive.step.outcome": "succeeded" });
    expect(statuses(step, "step")).toEqual(["running", "succeeded"]);
    expect(step.status.code).toBe(SpanStatusCode.UNSET);
  }
  expect(ends).toEqual([{ status: "succeeded", errorCode: null }]);
  expect([...traceIds]).toEqual([run.spanContext().traceId]);
  expect(text).toContain('pipeline_runs_total{status="succeeded"} 1');
  expect(text).toContain('pipeline_runs_total{status="failed"} 0');
  expect(text).toContain("pipeline_run_duration_seconds_count 1");
  expect(text).toContain(`trace_id="${run.spanContext().traceId}"`);
});

test("a run belongs to the request that started it, which is over by then", async () => {
  let parent: string | null = null;
  trace.getTracer("test").startActiveSpan("POST /api/pipelines/:id/runs", (span) => {
    parent = traceParent();
    span.end();
  });
  const [request] = exporter.getFinishedSpans();
  exporter.reset();
  await execute({ traceParent: parent });
  expect(spans().run.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(spans().run.spanContext().traceId).toBe(request?.spanContext().traceId);
});

test("a run of a request that was not sampled has no spans, and its trace id all the same", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const { traceIds, text } = await execute({ traceParent: `00-${traceId}-b7ad6b7169203331-00` });
  expect(exporter.getFinishedSpans()).toEqual([]);
  expect([...traceIds]).toEqual([traceId]);
  expect(text).toContain("pipeline_run_duration_seconds_count 1");
  expect(text).not.toContain("trace_id=");
});

test.each(stepNames)("a run that is to fail at %s does, and nothing after it begins", async (failAt) => {
  const { steps: written, ends, captured, text } = await execute({ failAt });
  const { run, steps } = spans();
  expect(ends).toEqual([{ status: "failed", errorCode: "step-failed" }]);
  const failing = stepNames.indexOf(failAt) + 1;
  expect(written.at(-1)).toBe(`${failing} failed step-failed`);
  expect(steps).toHaveLength(failing);
  for (const span of [run, steps.at(-1)]) {
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    expect(span?.attributes["error.type"]).toBe("step-failed");
  }
  expect(statuses(steps.at(-1), "step")).toEqual(["running", "failed"]);
  expect(run.attributes["golive.run.outcome"]).toBe("failed");
  // A pipeline that fails is its owner's affair.
  expect(captured).toEqual([]);
  expect(text).toContain('pipeline_runs_total{status="failed"} 1');
});

test("work that breaks in a way nobody foresaw is a fault of ours", async () => {
  const bug = new TypeError("undefined is no package");
  const work: StepWork = async (step) => {
    if (step === "package") throw bug;
  };
  const { ends, captured } = await execute({}, { work });
  expect(ends).toEqual([{ status: "failed", errorCode: "internal" }]);
  expect(captured).toEqual([bug]);
  expect(spans().run.attributes["error.type"]).toBe("TypeError");
});

test.each([
  ["cancelled", { status: "cancelled", errorCode: null }, "3 cancelled", undefined],
  ["interrupted", { status: "failed", errorCode: "interrupted" }, "3 failed interrupted", "interrupted"],
] as const)("a run that is %s ends in the step it is in", async (reason, end, last, errorType) => {
  const stop = new AbortController();
  const work: StepWork = async (step, _run, signal) => {
    if (step !== "test") return;
    const aborted = new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
    stop.abort(reason);
    await aborted;
  };
  const { steps, ends, captured } = await execute({}, { work, stop });
  expect(ends).toEqual([end]);
  expect(steps.at(-1)).toBe(last);
  expect(captured).toEqual([]);
  expect(spans().steps).toHaveLength(3);
  expect(spans().run.attributes["error.type"]).toBe(errorType);
  expect(statuses(spans().run, "run")).toEqual(["running", end.status]);
});

test("work that does not heed its signal ends the run after its step", async () => {
  const stop = new AbortController();
  const work: StepWork = async (step) => {
    if (step === "build") stop.abort("cancelled");
  };
  const { steps, ends } = await execute({}, { work, stop });
  expect(ends).toEqual([{ status: "cancelled", errorCode: null }]);
  expect(steps.at(-1)).toBe("2 succeeded");
});

test("a run that somebody else has ended is left alone at once, and counted by whoever ended it", async () => {
  const { steps, ends, captured, text } = await execute({}, { progress: { endStep: async () => false } });
  expect(steps).toEqual(["1 running"]);
  expect(ends).toEqual([]);
  expect(captured).toEqual([]);
  expect(text).toContain("pipeline_run_duration_seconds_count 0");
  expect(spans().run.attributes["error.type"]).toBe("lost");
});

test("a database that is away for a moment costs nothing, and one that stays away costs the run", async () => {
  let outages = 2;
  const beginStep = async () => {
    if (outages-- > 0) throw new DatabaseUnavailable("failing over");
    return true;
  };
  expect((await execute({}, { progress: { beginStep } })).ends).toEqual([{ status: "succeeded", errorCode: null }]);
  outages = Number.POSITIVE_INFINITY;
  const { ends, captured } = await execute({}, { progress: { beginStep } });
  expect(ends).toEqual([]);
  expect(captured).toEqual([expect.any(DatabaseUnavailable)]);
});
