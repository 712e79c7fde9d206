import type { Server } from "node:http";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../../../tests/postgres-server.ts";
import { createApp } from "../app.ts";
import type { DatabaseConfig } from "../config.ts";
import { Database } from "../database/database.ts";
import { migrate } from "../database/migrate.ts";
import { Readiness } from "../health/readiness.ts";
import { apiServer, listen } from "../listeners.ts";
import { createLogger } from "../telemetry/log.ts";
import { Metrics } from "../telemetry/metrics.ts";

const identity = { name: "gateway", version: "test", environment: "test" };
const log = createLogger("silent");

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever JSON arrived
  readonly body: any;
}

/** The app in this process, over real HTTP and a real Postgres; what needs a process of its own uses `startGateway`. */
export interface TestApi extends AsyncDisposable {
  readonly url: string;
  readonly metrics: Metrics;
  readonly postgres: PostgresServer;
  /** `body`: text is sent as it is, anything else as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Straight into the database, past the API. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export function databaseConfig(postgres: PostgresServer, poolSize = 5): DatabaseConfig {
  const { host, port, user, passwordFile } = postgres;
  return { host, port, user, name: "app", passwordFile, caFile: undefined, poolSize };
}

export async function startTestApi(): Promise<TestApi> {
  const postgres = await startPostgres({ databases: ["app"] });
  const config = databaseConfig(postgres);
  await migrate(config, log);
  const database = new Database(config, log);
  const metrics = new Metrics(identity, () => database.counts());
  const readiness = new Readiness(database, log);
  readiness.schemaIsCurrent();
  const server: Server = apiServer(createApp({ database, readiness, metrics, log, version: identity.version }));
  const url = `http://127.0.0.1:${await listen(server, 0)}`;
  const admin = new pg.Pool({ connectionString: postgres.url, max: 2 });
  admin.on("error", () => undefined);
  return {
    url,
    metrics,
    postgres,
    async send(method, path, body, headers = {}) {
      const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const response = await fetch(url + path, { method, headers: { ...type, ...headers }, ...payload });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parsed(text) };
    },
    async sql(text, values) {
      return (await admin.query(text, values)).rows;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await admin.end();
      await database.end();
      await postgres.stop();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
