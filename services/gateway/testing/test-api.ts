import type { Server } from "node:http";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../../../tests/postgres-server.ts";
import { createApp, createUpgrades } from "../app.ts";
import { type DatabaseConfig, readConfig } from "../config.ts";
import { migrate } from "../database/migrate.ts";
import { apiServer, listen } from "../listeners.ts";
import { openParts, type Parts } from "../parts.ts";
import { createLogger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { unconnectedTracker } from "../tracker/running-tracker.ts";
import { bearer, noLimits, testSecretFile } from "./test-tokens.ts";

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
  readonly parts: Parts;
  readonly metrics: Metrics;
  readonly postgres: PostgresServer;
  /**
   * From an administrator, unless `headers` has an authorization of its own; an empty one sends none.
   * @param body text is sent as it is, anything else as JSON
   */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Straight into the database, past the API. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export function databaseConfig(postgres: PostgresServer, poolSize = 5): DatabaseConfig {
  const { host, port, user, passwordFile } = postgres;
  return { host, port, user, name: "app", passwordFile, caFile: undefined, poolSize };
}

/** @param env variables of the gateway, over those that a test usually wants: no limits, and nobody executes runs */
export async function startTestApi(env: Record<string, string> = {}): Promise<TestApi> {
  const postgres = await startPostgres({ databases: ["app"] });
  const config = readConfig({
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGDATABASE: "app",
    PGPASSWORD_FILE: postgres.passwordFile,
    POOL_SIZE: "5",
    AUTH_SECRET_FILE: testSecretFile(),
    RATE_LIMITS: noLimits,
    ...env,
  });
  await migrate(config.database, log);
  const identity = { name: "gateway", version: "test", environment: "test" };
  const parts = openParts(config, { identity, log, tracker: unconnectedTracker() });
  parts.readiness.schemaIsCurrent();
  const server: Server = apiServer(createApp(parts));
  const upgrades = createUpgrades(parts);
  upgrades.attach(server);
  const url = `http://127.0.0.1:${await listen(server, 0)}`;
  const admin = new pg.Pool({ connectionString: postgres.url, max: 2 });
  admin.on("error", () => undefined);
  const authorization = await bearer("admin");
  return {
    url,
    parts,
    metrics: parts.metrics,
    postgres,
    async send(method, path, body, given = {}) {
      const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const { authorization: own, ...others } = given;
      const headers = { ...type, ...(own === "" ? {} : { authorization: own ?? authorization }), ...others };
      const response = await fetch(url + path, { method, headers, ...payload });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parsed(text) };
    },
    async sql(text, values) {
      return (await admin.query(text, values)).rows;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await upgrades.close();
      await admin.end();
      await parts.close();
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
