import { bodyProblems, type Operation, pageOf } from "../openapi/operation.ts";
import { newRun, run, runQuery, runWithSteps } from "./schema.ts";

export const runOperations = {
  listRuns: {
    method: "get",
    path: "/api/pipelines/:id/runs",
    access: "viewer",
    about: "Runs of a pipeline, newest first",
    query: runQuery,
    success: { status: 200, body: pageOf(run) },
    problems: ["invalid-query", "not-found"],
  },
  startRun: {
    method: "post",
    path: "/api/pipelines/:id/runs",
    access: "operator",
    limit: "expensive",
    about: "Start a run; it is executed in the background",
    body: newRun,
    success: { status: 201, body: runWithSteps },
    problems: [...bodyProblems, "not-found"],
  },
  readRun: {
    method: "get",
    path: "/api/runs/:id",
    access: "viewer",
    about: "Read a run with its steps",
    success: { status: 200, body: runWithSteps },
    problems: ["not-found"],
  },
  cancelRun: {
    method: "post",
    path: "/api/runs/:id/cancel",
    access: "operator",
    about: "Cancel a run that is not over; a running one ends a moment later",
    success: { status: 200, body: runWithSteps },
    problems: ["not-found", "run-finished", "version-mismatch"],
    conditional: true,
  },
} as const satisfies Record<string, Operation>;
