import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Logger } from "pino";
import type { Database } from "./database/database.ts";
import type { Readiness } from "./health/readiness.ts";
import { healthHandlers } from "./health/routes.ts";
import { closeWhenDraining } from "./http/close-when-draining.ts";
import { errorHandler, unknownAddress } from "./http/error-handler.ts";
import { jsonBody } from "./http/json-body.ts";
import { methodNotAllowed } from "./http/method-not-allowed.ts";
import { observeRequests } from "./http/observe-requests.ts";
import { openApiDocument } from "./openapi/document.ts";
import { type Operation, type OperationId, operations } from "./openapi/operations.ts";
import { pipelineHandlers } from "./pipelines/routes.ts";
import { PipelineStore } from "./pipelines/store.ts";
import { projectHandlers } from "./projects/routes.ts";
import { ProjectStore } from "./projects/store.ts";
import type { Metrics } from "./telemetry/metrics.ts";

export interface AppParts {
  readonly database: Database;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly version: string;
}

/** The HTTP surface, top to bottom as a request meets it. */
export function createApp({ database, readiness, metrics, log, version }: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  // Resources carry their version as ETag; hashing every body would cost more than it saves.
  app.disable("etag");
  app.set("query parser", "simple");

  const { live, ready, health } = healthHandlers(readiness, version);
  // Before anything that counts or logs: an unready replica is no error, and probes outnumber people.
  app.get("/livez", live);
  app.get("/readyz", ready);

  app.use(observeRequests(log, metrics));
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] },
      },
    }),
  );
  app.use(closeWhenDraining(readiness));

  const document = openApiDocument(version);
  serveOperations(app, metrics, {
    health,
    openapi: (_request, response) => void response.json(document),
    ...projectHandlers(new ProjectStore(database)),
    ...pipelineHandlers(new PipelineStore(database)),
  });

  app.use(unknownAddress);
  app.use(errorHandler(log));
  return app;
}

/** Every operation of the table has a handler, or this does not compile. */
function serveOperations(app: Express, metrics: Metrics, handlers: Record<OperationId, RequestHandler>): void {
  const methods = new Map<string, string[]>();
  for (const [id, { method, path, body }] of Object.entries(operations) as [OperationId, Operation][]) {
    app[method](path, noStaleCopies, ...(body ? jsonBody : []), handlers[id]);
    metrics.expectOperation(method.toUpperCase(), path);
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  }
  for (const [path, allowed] of methods) app.all(path, methodNotAllowed(allowed));
}

/** A cache may keep an answer but has to ask, with its ETag, whether it still holds. */
const noStaleCopies: RequestHandler = (_request, response, next) => {
  response.set("cache-control", "private, no-cache");
  next();
};
