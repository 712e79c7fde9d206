import type { RequestHandler } from "express";
import { actorOf } from "../audit/actor.ts";
import { page, pageRequest } from "../http/paging.ts";
import { ifMatch, sendVersioned } from "../http/preconditions.ts";
import { resourceId } from "../http/resource-id.ts";
import { validBody, validQuery } from "../http/validate.ts";
import { newPipeline, pipelinePatch, pipelineQuery } from "./schema.ts";
import type { PipelineStore } from "./store.ts";

/** Handlers by operation id; the table of operations says where each is served. */
export function pipelineHandlers(store: PipelineStore) {
  return {
    listPipelines: async (request, response) => {
      const query = validQuery(pipelineQuery, request.query);
      const wanted = pageRequest(query);
      const rows = await store.list(resourceId(request.params.id), query.status, wanted);
      response.json(page(rows, wanted.limit));
    },
    createPipeline: async (request, response) => {
      const projectId = resourceId(request.params.id);
      const pipeline = await store.create(projectId, validBody(newPipeline, request.body), actorOf(response));
      response.location(`/api/pipelines/${pipeline.id}`);
      sendVersioned(response, 201, pipeline);
    },
    readPipeline: async (request, response) => {
      sendVersioned(response, 200, await store.read(resourceId(request.params.id)));
    },
    updatePipeline: async (request, response) => {
      const id = resourceId(request.params.id);
      const patch = validBody(pipelinePatch, request.body);
      sendVersioned(response, 200, await store.update(id, patch, ifMatch(request), actorOf(response)));
    },
    deletePipeline: async (request, response) => {
      await store.delete(resourceId(request.params.id), ifMatch(request), actorOf(response));
      response.status(204).end();
    },
  } satisfies Record<string, RequestHandler>;
}
