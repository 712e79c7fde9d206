import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { auditHandlers } from "./audit/routes.ts";
import { AuditStore } from "./audit/store.ts";
import { requireAccess } from "./auth/require-access.ts";
import { corsForListed } from "./browser/cors.ts";
import { csrfTokenHandler } from "./browser/csrf.ts";
import { deploymentHandlers } from "./deployments/routes.ts";
import { DeploymentStore } from "./deployments/store.ts";
import { authorize, identify, limit } from "./edge.ts";
import { healthHandlers } from "./health/routes.ts";
import { closeWhenDraining } from "./http/close-when-draining.ts";
import { errorHandler, unknownAddress } from "./http/error-handler.ts";
import { jsonBody } from "./http/json-body.ts";
import { methodNotAllowed } from "./http/method-not-allowed.ts";
import { observeRequests } from "./http/observe-requests.ts";
import { limitHandlers } from "./limits/routes.ts";
import { docsPage } from "./openapi/docs-page.ts";
import { openApiDocument } from "./openapi/document.ts";
import { limitOf, type Operation } from "./openapi/operation.ts";
import { type OperationId, operations } from "./openapi/operations.ts";
import type { Parts } from "./parts.ts";
import { pipelineHandlers } from "./pipelines/routes.ts";
import { PipelineStore } from "./pipelines/store.ts";
import { projectHandlers } from "./projects/routes.ts";
import { ProjectStore } from "./projects/store.ts";
import { proxyRoutes } from "./proxy/routes.ts";
import { type UpgradeHandler, upgradeHandler } from "./proxy/upgrades.ts";
import { runHandlers } from "./runs/routes.ts";
import { RunStore } from "./runs/store.ts";
import { userHandlers } from "./users/routes.ts";
import { UserStore } from "./users/store.ts";

/** The HTTP surface, top to bottom as a request meets it. */
export function createApp(parts: Parts): Express {
  const { config, readiness, metrics, tracker, log, backends, limits, identity } = parts;
  const app = express();
  app.disable("x-powered-by");
  // Resources carry their version as ETag; hashing every body would cost more than it saves.
  app.disable("etag");
  app.set("query parser", "simple");
  app.set("trust proxy", config.trustedHops);
  // What a guard takes for another address must not reach the route that it guards.
  app.enable("case sensitive routing");
  app.enable("strict routing");

  const { live, ready, health } = healthHandlers(readiness, limits, identity.version);
  // Before anything that counts or logs: an unready replica is no error, and probes outnumber people.
  app.get("/livez", live);
  app.get("/readyz", ready);

  // In one call: the instrumentation of express does its work once for each call, not once for each of its handlers.
  app.use(
    observeRequests(log, metrics),
    tracker.isolate,
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] },
      },
    }),
    closeWhenDraining(readiness),
    corsForListed(config.browser),
    ...identify(parts),
  );

  for (const { upstream } of backends) {
    app.all(`${upstream.prefix}{/*path}`, limit(parts, "proxy"));
    for (const method of ["GET", "POST"]) metrics.expectOperation(method, `${upstream.prefix}{/*path}`);
  }
  if (backends.length > 0) app.use(proxyRoutes(backends, { authorize: authorize(parts) }));

  const document = openApiDocument(identity.version);
  serveOperations(app, parts, {
    health,
    openapi: (_request, response) => void response.json(document),
    ...domainHandlers(parts),
  });

  app.use(docsPage());
  app.use(unknownAddress);
  app.use(errorHandler(log, tracker));
  return app;
}

/** WebSockets to upstreams: past the same guards as requests. */
export function createUpgrades(parts: Parts): UpgradeHandler {
  const { config, metrics, tracker, log, backends } = parts;
  return upgradeHandler(backends, {
    authorize: authorize(parts),
    allowedOrigins: [...config.browser.origins],
    trustProxy: config.trustedHops,
    before: [observeRequests(log, metrics), tracker.isolate, ...identify(parts), limit(parts, "proxy")],
    onError: errorHandler(log, tracker),
  });
}

function domainHandlers(parts: Parts): Record<Exclude<OperationId, "health" | "openapi">, RequestHandler> {
  const { database, worker, runMetrics: metrics, limits, secrets } = parts;
  return {
    csrfToken: csrfTokenHandler(secrets),
    ...projectHandlers(new ProjectStore(database)),
    ...pipelineHandlers(new PipelineStore(database)),
    ...runHandlers({ store: new RunStore(database), worker, metrics }),
    ...deploymentHandlers(new DeploymentStore(database)),
    ...userHandlers(new UserStore(database)),
    ...auditHandlers(new AuditStore(database)),
    ...limitHandlers(limits),
  };
}

/** Every operation of the table has a handler, or this does not compile. */
function serveOperations(app: Express, parts: Parts, handlers: Record<OperationId, RequestHandler>): void {
  const methods = new Map<string, string[]>();
  const { metrics, events } = parts;
  for (const [id, operation] of Object.entries(operations) as [OperationId, Operation][]) {
    const { method, path, access, body } = operation;
    const guards = [limit(parts, limitOf(operation)), requireAccess(access, { events })];
    app[method](path, noStaleCopies, ...guards, ...(body ? jsonBody : []), handlers[id]);
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
