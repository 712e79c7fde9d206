import { z } from "zod";

const port = (preset: number) => z.coerce.number().int().min(0).max(65_535).default(preset);
const seconds = (preset: number, max: number) => z.coerce.number().min(0).max(max).default(preset);

/** Every variable the gateway reads, apart from OpenTelemetry's own `OTEL_*`. An empty value counts as unset. */
const environment = z.object({
  PORT: port(8000).describe("API and probes"),
  METRICS_PORT: port(9464).describe(
    "Prometheus metrics, on a listener of their own so that the API's ingress never serves them",
  ),
  PGHOST: z.string().default("127.0.0.1"),
  PGPORT: port(5432),
  PGDATABASE: z.string().default("app"),
  PGUSER: z.string().default("app"),
  PGPASSWORD_FILE: z.string().optional().describe("read at every connect, so that a rotated password needs no restart"),
  PGSSLROOTCERT: z.string().optional().describe("CA file; when set, TLS with the server's name verified"),
  POOL_SIZE: z.coerce.number().int().min(1).max(100).default(10).describe("database connections of this replica"),
  START_TIMEOUT_SECONDS: seconds(120, 3600).describe("how long start waits for the database before it gives up"),
  DRAIN_DELAY_SECONDS: seconds(5, 300).describe(
    "unready but serving: endpoints need this long to leave the load balancers",
  ),
  DRAIN_TIMEOUT_SECONDS: seconds(15, 300).describe("then requests in flight get this long before they are cut"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

export interface Config {
  readonly port: number;
  readonly metricsPort: number;
  readonly database: DatabaseConfig;
  readonly startTimeoutMs: number;
  readonly drainDelayMs: number;
  readonly drainTimeoutMs: number;
  readonly logLevel: string;
}

export interface DatabaseConfig {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly passwordFile: string | undefined;
  readonly caFile: string | undefined;
  readonly poolSize: number;
}

/** Thrown with every wrong variable named, one a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const result = environment.safeParse(given);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const key = issue.path.join(".");
      return `${key}: ${issue.message}, got ${JSON.stringify(given[key])}`;
    });
    throw new ConfigError(`the environment is not usable:\n${lines.join("\n")}`);
  }
  const e = result.data;
  return {
    port: e.PORT,
    metricsPort: e.METRICS_PORT,
    database: {
      host: e.PGHOST,
      port: e.PGPORT,
      name: e.PGDATABASE,
      user: e.PGUSER,
      passwordFile: e.PGPASSWORD_FILE,
      caFile: e.PGSSLROOTCERT,
      poolSize: e.POOL_SIZE,
    },
    startTimeoutMs: e.START_TIMEOUT_SECONDS * 1000,
    drainDelayMs: e.DRAIN_DELAY_SECONDS * 1000,
    drainTimeoutMs: e.DRAIN_TIMEOUT_SECONDS * 1000,
    logLevel: e.LOG_LEVEL,
  };
}
