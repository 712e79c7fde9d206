import type { RequestHandler } from "express";
import { actorOf } from "../audit/actor.ts";
import { page, pageRequest } from "../http/paging.ts";
import { ifMatch, sendVersioned } from "../http/preconditions.ts";
import { resourceId } from "../http/resource-id.ts";
import { validBody, validQuery } from "../http/validate.ts";
import { deploymentPatch, deploymentQuery, newDeployment } from "./schema.ts";
import type { DeploymentStore } from "./store.ts";

/** Handlers by operation id; the table of operations says where each is served. */
export function deploymentHandlers(store: DeploymentStore) {
  return {
    listDeployments: async (request, response) => {
      const query = validQuery(deploymentQuery, request.query);
      const wanted = pageRequest(query);
      const rows = await store.list(resourceId(request.params.id), query, wanted);
      response.json(page(rows, wanted.limit));
    },
    createDeployment: async (request, response) => {
      const projectId = resourceId(request.params.id);
      const wanted = validBody(newDeployment, request.body);
      const deployment = await store.create(projectId, wanted, actorOf(response));
      response.location(`/api/deployments/${deployment.id}`);
      sendVersioned(response, 201, deployment);
    },
    readDeployment: async (request, response) => {
      sendVersioned(response, 200, await store.read(resourceId(request.params.id)));
    },
    updateDeployment: async (request, response) => {
      const id = resourceId(request.params.id);
      const patch = validBody(deploymentPatch, request.body);
      sendVersioned(response, 200, await store.update(id, patch, ifMatch(request), actorOf(response)));
    },
    rollBackDeployment: async (request, response) => {
      const id = resourceId(request.params.id);
      const deployment = await store.rollBack(id, ifMatch(request), actorOf(response));
      response.location(`/api/deployments/${deployment.id}`);
      sendVersioned(response, 201, deployment);
    },
  } satisfies Record<string, RequestHandler>;
}
