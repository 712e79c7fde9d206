import { bodyProblems, type Operation, pageOf } from "../openapi/operation.ts";
import { newPipeline, pipeline, pipelinePatch, pipelineQuery } from "./schema.ts";

export const pipelineOperations = {
  listPipelines: {
    method: "get",
    path: "/api/projects/:id/pipelines",
    access: "viewer",
    about: "Pipelines of a project, newest first",
    query: pipelineQuery,
    success: { status: 200, body: pageOf(pipeline) },
    problems: ["invalid-query", "not-found"],
  },
  createPipeline: {
    method: "post",
    path: "/api/projects/:id/pipelines",
    access: "operator",
    about: "Queue a pipeline",
    body: newPipeline,
    success: { status: 201, body: pipeline },
    problems: [...bodyProblems, "not-found"],
  },
  readPipeline: {
    method: "get",
    path: "/api/pipelines/:id",
    access: "viewer",
    about: "Read a pipeline",
    success: { status: 200, body: pipeline },
    problems: ["not-found"],
  },
  updatePipeline: {
    method: "patch",
    path: "/api/pipelines/:id",
    access: "operator",
    about: "Rename a pipeline or move it to its next status",
    body: pipelinePatch,
    success: { status: 200, body: pipeline },
    problems: [...bodyProblems, "not-found", "transition-refused", "version-mismatch"],
    conditional: true,
  },
  deletePipeline: {
    method: "delete",
    path: "/api/pipelines/:id",
    access: "operator",
    about: "Delete a finished pipeline",
    success: { status: 204 },
    problems: ["not-found", "pipeline-unfinished", "version-mismatch"],
    conditional: true,
  },
} as const satisfies Record<string, Operation>;
