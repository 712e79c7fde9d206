import { Registry } from "@prometheus-io/client";
import express, { type RequestHandler } from "express";
import { type PostgresServer, startPostgres } from "../../../../tests/postgres-server.ts";
import type { Access, Principal, Role } from "../../auth/principal.ts";
import { requireAccess } from "../../auth/require-access.ts";
import type { DatabaseConfig } from "../../config.ts";
import { Database } from "../../database/database.ts";
import { migrate } from "../../database/migrate.ts";
import { deploymentOperations } from "../../deployments/operations.ts";
import { deploymentHandlers } from "../../deployments/routes.ts";
import { DeploymentStore } from "../../deployments/store.ts";
import { errorHandler, unknownAddress } from "../../http/error-handler.ts";
import { jsonBody } from "../../http/json-body.ts";
import { apiServer, listen } from "../../listeners.ts";
import type { Operation } from "../../openapi/operation.ts";
import { operations } from "../../openapi/operations.ts";
import { pipelineHandlers } from "../../pipelines/routes.ts";
import { PipelineStore } from "../../pipelines/store.ts";
import { projectHandlers } from "../../projects/routes.ts";
import { ProjectStore } from "../../projects/store.ts";
import { RunMetrics } from "../../runs/metrics.ts";
import { runOperations } from "../../runs/operations.ts";
import { RunProgress } from "../../runs/progress.ts";
import { runHandlers } from "../../runs/routes.ts";
import { simulatedWork } from "../../runs/simulated-work.ts";
import { RunStore } from "../../runs/store.ts";
import { RunWorker, type WorkerParts } from "../../runs/worker.ts";
import { createLogger } from "../../telemetry/log.ts";
import { noTracker } from "../../tracker/contracts.ts";
import { userOperations } from "../../users/operations.ts";
import { userHandlers } from "../../users/routes.ts";
import { UserStore } from "../../users/store.ts";
import { auditOperations } from "../operations.ts";
import { auditHandlers } from "../routes.ts";
import { AuditStore } from "../store.ts";

export interface DomainAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever JSON arrived
  readonly body: any;
}

export interface Sent {
  readonly body?: unknown;
  /** @default an operator */
  readonly as?: Principal | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the platform's domain serves, over real HTTP and a real Postgres, with whoever a test says the sender is. */
export interface DomainApi extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly database: Database;
  readonly registry: Registry;
  send(method: string, path: string, sent?: Sent): Promise<DomainAnswer>;
  /** Not started; ended with the API. Only one of them is told of what requests do: the first. */
  worker(parts?: Partial<WorkerParts>): RunWorker;
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

export const principal = (id: string, ...roles: readonly Role[]): Principal => ({ id, roles });
export const operator = principal("olga", "operator");
export const admin = principal("ada", "viewer", "admin");

const log = createLogger("silent");

/** Long enough that no test meets its end by chance, on a machine that does eight things at once. */
export const leaseMs = 60_000;

export async function startDomainApi(): Promise<DomainApi> {
  // Some tests crash it, and what it confirmed must be there afterwards.
  const postgres = await startPostgres({ databases: ["app"], settings: ["synchronous_commit=on"] });
  const { host, port, user, passwordFile } = postgres;
  const config: DatabaseConfig = { host, port, user, name: "app", passwordFile, caFile: undefined, poolSize: 12 };
  await migrate(config, log);
  const database = new Database(config, log);
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  const metrics = new RunMetrics(registry);
  const workers: RunWorker[] = [];
  const told = { wake: () => workers[0]?.wake(), cancel: (id: string) => workers[0]?.cancel(id) };

  const app = express();
  app.set("query parser", "simple");
  app.use((request, response, next) => {
    const sender = request.get("x-test-principal");
    if (sender !== undefined) response.locals.principal = JSON.parse(sender);
    next();
  });
  const table: Record<string, Operation & { readonly access?: Access }> = {
    ...operations,
    ...userOperations,
    ...runOperations,
    ...deploymentOperations,
    ...auditOperations,
  };
  const handlers: Record<string, RequestHandler> = {
    ...projectHandlers(new ProjectStore(database)),
    ...pipelineHandlers(new PipelineStore(database)),
    ...userHandlers(new UserStore(database)),
    ...runHandlers({ store: new RunStore(database), worker: told, metrics }),
    ...deploymentHandlers(new DeploymentStore(database)),
    ...auditHandlers(new AuditStore(database)),
  };
  for (const [id, { method, path, body, access = "public" }] of Object.entries(table)) {
    const handler = handlers[id];
    const allowed = requireAccess(access, { events: { report: () => undefined } });
    if (handler) app[method](path, allowed, ...(body ? jsonBody : []), handler);
  }
  app.use(unknownAddress);
  app.use(errorHandler(log));
  const server = apiServer(app);
  const url = `http://127.0.0.1:${await listen(server, 0)}`;

  return {
    postgres,
    database,
    registry,
    async send(method, path, { body, as = operator, headers } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(as && { "x-test-principal": JSON.stringify(as) }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
    },
    worker(parts = {}) {
      const worker = new RunWorker({
        progress: new RunProgress(database, parts.leaseMs ?? leaseMs),
        work: simulatedWork(0),
        metrics,
        tracker: noTracker,
        log,
        leaseMs,
        concurrency: 4,
        pollMs: 60_000,
        ...parts,
      });
      workers.push(worker);
      return worker;
    },
    sql: (text, values) => database.query(text, values),
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop(0)));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.end();
      await postgres.stop();
    },
  };
}

/** Waits up to half a minute until `look` finds something. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const limit = Date.now() + 30_000; ; ) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > limit) throw new Error(`waited 30 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
