import { z } from "zod";
import { pageQuery } from "../http/paging.ts";
import type { ProblemType } from "../http/problems.ts";
import { newPipeline, pipeline, pipelinePatch, pipelineQuery } from "../pipelines/schema.ts";
import { newProject, project, projectPatch } from "../projects/schema.ts";

export interface Operation {
  readonly method: "get" | "post" | "patch" | "delete";
  /** As express writes it; the only path parameter is `:id`. */
  readonly path: string;
  readonly about: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly success: { readonly status: 200 | 201 | 204; readonly body?: z.ZodType };
  /** Problems of this operation beside those that every one can have. */
  readonly problems: readonly ProblemType[];
  /** Takes If-Match and answers with an ETag. */
  readonly conditional?: true;
}

const pageOf = (item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

const health = z.object({
  status: z.enum(["ok", "unavailable"]),
  reason: z.string().optional(),
  version: z.string(),
  checks: z.object({ postgres: z.object({ status: z.enum(["up", "read-only", "down"]), latencyMs: z.number() }) }),
});

const bodyProblems = ["malformed-request", "unsupported-media-type", "body-too-large", "invalid-body"] as const;

/** The API: what is routed, what is counted under which label, and what the OpenAPI document says, all from this table. */
export const operations = {
  health: {
    method: "get",
    path: "/api/health",
    about: "State of this replica",
    success: { status: 200, body: health },
    problems: [],
  },
  openapi: {
    method: "get",
    path: "/api/openapi.json",
    about: "This document",
    success: { status: 200, body: z.looseObject({}) },
    problems: [],
  },
  listProjects: {
    method: "get",
    path: "/api/projects",
    about: "Projects, newest first",
    query: pageQuery,
    success: { status: 200, body: pageOf(project) },
    problems: ["invalid-query"],
  },
  createProject: {
    method: "post",
    path: "/api/projects",
    about: "Create a project",
    body: newProject,
    success: { status: 201, body: project },
    problems: [...bodyProblems, "slug-taken"],
  },
  readProject: {
    method: "get",
    path: "/api/projects/:id",
    about: "Read a project",
    success: { status: 200, body: project },
    problems: ["not-found"],
  },
  updateProject: {
    method: "patch",
    path: "/api/projects/:id",
    about: "Change fields of a project",
    body: projectPatch,
    success: { status: 200, body: project },
    problems: [...bodyProblems, "not-found", "slug-taken", "version-mismatch"],
    conditional: true,
  },
  deleteProject: {
    method: "delete",
    path: "/api/projects/:id",
    about: "Delete a project and its finished pipelines",
    success: { status: 204 },
    problems: ["not-found", "pipeline-unfinished", "version-mismatch"],
    conditional: true,
  },
  listPipelines: {
    method: "get",
    path: "/api/projects/:id/pipelines",
    about: "Pipelines of a project, newest first",
    query: pipelineQuery,
    success: { status: 200, body: pageOf(pipeline) },
    problems: ["invalid-query", "not-found"],
  },
  createPipeline: {
    method: "post",
    path: "/api/projects/:id/pipelines",
    about: "Queue a pipeline",
    body: newPipeline,
    success: { status: 201, body: pipeline },
    problems: [...bodyProblems, "not-found"],
  },
  readPipeline: {
    method: "get",
    path: "/api/pipelines/:id",
    about: "Read a pipeline",
    success: { status: 200, body: pipeline },
    problems: ["not-found"],
  },
  updatePipeline: {
    method: "patch",
    path: "/api/pipelines/:id",
    about: "Rename a pipeline or move it to its next status",
    body: pipelinePatch,
    success: { status: 200, body: pipeline },
    problems: [...bodyProblems, "not-found", "transition-refused", "version-mismatch"],
    conditional: true,
  },
  deletePipeline: {
    method: "delete",
    path: "/api/pipelines/:id",
    about: "Delete a finished pipeline",
    success: { status: 204 },
    problems: ["not-found", "pipeline-unfinished", "version-mismatch"],
    conditional: true,
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;
