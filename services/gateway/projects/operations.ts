import { pageQuery } from "../http/paging.ts";
import { bodyProblems, type Operation, pageOf } from "../openapi/operation.ts";
import { newProject, project, projectPatch } from "./schema.ts";

export const projectOperations = {
  listProjects: {
    method: "get",
    path: "/api/projects",
    access: "viewer",
    about: "Projects, newest first",
    query: pageQuery,
    success: { status: 200, body: pageOf(project) },
    problems: ["invalid-query"],
  },
  createProject: {
    method: "post",
    path: "/api/projects",
    access: "operator",
    about: "Create a project",
    body: newProject,
    success: { status: 201, body: project },
    problems: [...bodyProblems, "slug-taken"],
  },
  readProject: {
    method: "get",
    path: "/api/projects/:id",
    access: "viewer",
    about: "Read a project",
    success: { status: 200, body: project },
    problems: ["not-found"],
  },
  updateProject: {
    method: "patch",
    path: "/api/projects/:id",
    access: "operator",
    about: "Change fields of a project",
    body: projectPatch,
    success: { status: 200, body: project },
    problems: [...bodyProblems, "not-found", "slug-taken", "version-mismatch"],
    conditional: true,
  },
  deleteProject: {
    method: "delete",
    path: "/api/projects/:id",
    access: "operator",
    about: "Delete a project and its finished pipelines",
    success: { status: 204 },
    problems: ["not-found", "pipeline-unfinished", "version-mismatch"],
    conditional: true,
  },
} as const satisfies Record<string, Operation>;
