import { expect, test } from "vitest";
import { simulatedMs, simulatedWork } from "./simulated-work.ts";
import { stepNames, steps } from "./steps.ts";

const pipelineId = "01a21058-56ed-760c-a703-2b94c7fb6897";
const run = { id: pipelineId, projectId: pipelineId, pipelineId, number: 1, failAt: null, traceParent: null };

test("a step of a run always takes the same time, at least its own and half as much again at most", () => {
  for (const { name, ms } of steps) {
    const times = Array.from({ length: 200 }, (_, number) => simulatedMs(name, { pipelineId, number }));
    expect(times).toEqual(Array.from({ length: 200 }, (_, number) => simulatedMs(name, { pipelineId, number })));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(ms);
    expect(Math.max(...times)).toBeLessThanOrEqual(ms * 1.5);
    expect(new Set(times).size).toBeGreaterThan(20);
  }
});

test("it fails where it is told to and nowhere else", async () => {
  const work = simulatedWork(0);
  const signal = new AbortController().signal;
  const results = await Promise.allSettled(stepNames.map((name) => work(name, { ...run, failAt: "package" }, signal)));
  expect(results.map(({ status }) => status)).toEqual(
    stepNames.map((n) => (n === "package" ? "rejected" : "fulfilled")),
  );
  expect(results[3]).toMatchObject({ reason: { name: "PipelineStepFailed", code: "step-failed" } });
});

test("it ends at once when it is stopped", async () => {
  const stop = new AbortController();
  const work = simulatedWork(1_000_000)("build", run, stop.signal);
  stop.abort("cancelled");
  await expect(work).rejects.toMatchObject({ name: "AbortError" });
});
