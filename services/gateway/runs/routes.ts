import type { RequestHandler } from "express";
import { actorOf } from "../audit/actor.ts";
import { page, pageRequest } from "../http/paging.ts";
import { ifMatch, sendVersioned } from "../http/preconditions.ts";
import { resourceId } from "../http/resource-id.ts";
import { validBody, validQuery } from "../http/validate.ts";
import type { RunMetrics } from "./metrics.ts";
import { newRun, runQuery } from "./schema.ts";
import type { RunStore } from "./store.ts";
import type { RunWorker } from "./worker.ts";

export interface RunHandlerParts {
  readonly store: RunStore;
  /** The one of this process. */
  readonly worker: Pick<RunWorker, "wake" | "cancel">;
  readonly metrics: RunMetrics;
}

/** Handlers by operation id; the table of operations says where each is served. */
export function runHandlers({ store, worker, metrics }: RunHandlerParts) {
  return {
    listRuns: async (request, response) => {
      const query = validQuery(runQuery, request.query);
      const wanted = pageRequest(query);
      const rows = await store.list(resourceId(request.params.id), query.status, wanted);
      response.json(page(rows, wanted.limit));
    },
    startRun: async (request, response) => {
      const pipelineId = resourceId(request.params.id);
      const run = await store.start(pipelineId, validBody(newRun, request.body), actorOf(response));
      worker.wake();
      response.location(`/api/runs/${run.id}`);
      sendVersioned(response, 201, run);
    },
    readRun: async (request, response) => {
      sendVersioned(response, 200, await store.read(resourceId(request.params.id)));
    },
    cancelRun: async (request, response) => {
      const { run, ended } = await store.cancel(resourceId(request.params.id), ifMatch(request), actorOf(response));
      if (ended) metrics.ended("cancelled", 1);
      worker.cancel(run.id);
      sendVersioned(response, 200, run);
    },
  } satisfies Record<string, RequestHandler>;
}
