import type { RequestHandler } from "express";
import { actorOf } from "../audit/actor.ts";
import { page, pageQuery, pageRequest } from "../http/paging.ts";
import { ifMatch, sendVersioned } from "../http/preconditions.ts";
import { resourceId } from "../http/resource-id.ts";
import { validBody, validQuery } from "../http/validate.ts";
import { newProject, projectPatch } from "./schema.ts";
import type { ProjectStore } from "./store.ts";

/** Handlers by operation id; the table of operations says where each is served. */
export function projectHandlers(store: ProjectStore) {
  return {
    listProjects: async (request, response) => {
      const wanted = pageRequest(validQuery(pageQuery, request.query));
      response.json(page(await store.list(wanted), wanted.limit));
    },
    createProject: async (request, response) => {
      const project = await store.create(validBody(newProject, request.body), actorOf(response));
      response.location(`/api/projects/${project.id}`);
      sendVersioned(response, 201, project);
    },
    readProject: async (request, response) => {
      sendVersioned(response, 200, await store.read(resourceId(request.params.id)));
    },
    updateProject: async (request, response) => {
      const id = resourceId(request.params.id);
      const patch = validBody(projectPatch, request.body);
      sendVersioned(response, 200, await store.update(id, patch, ifMatch(request), actorOf(response)));
    },
    deleteProject: async (request, response) => {
      await store.delete(resourceId(request.params.id), ifMatch(request), actorOf(response));
      response.status(204).end();
    },
  } satisfies Record<string, RequestHandler>;
}
