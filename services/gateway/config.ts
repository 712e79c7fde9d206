import { z } from "zod";
import { type AuthConfig, authConfig, authFaults, authVariables } from "./auth/config.ts";
import { type BrowserConfig, browserConfig, browserFaults, browserVariables } from "./browser/config.ts";
import { type LimitsConfig, limitsConfig, limitsFaults, limitsVariables } from "./limits/config.ts";
import { type ProxyConfig, proxyConfig, proxyFaults, proxyVariables } from "./proxy/config.ts";
import { type RunConfig, runConfig, runFaults, runVariables } from "./runs/config.ts";
import { telemetryFaults, telemetryVariables } from "./telemetry/settings.ts";
import { type TrackerConfig, trackerConfig, trackerFaults, trackerVariables } from "./tracker/config.ts";

const port = (preset: number) => z.coerce.number().int().min(0).max(65_535).default(preset);
const seconds = (preset: number, max: number) => z.coerce.number().min(0).max(max).default(preset);

/** Every variable the gateway reads. An empty value counts as unset. */
export const environment = z.object({
  PORT: port(8000).describe("API and probes"),
  METRICS_PORT: port(9464).describe(
    "Prometheus metrics, on a listener of their own so that the API's ingress never serves them",
  ),
  TRUSTED_HOPS: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      "proxies of ours in front, whose X-Forwarded-* are believed; one too many lets clients choose their address",
    ),
  PGHOST: z.string().default("127.0.0.1").describe("database server"),
  PGPORT: port(5432).describe("its port"),
  PGDATABASE: z.string().default("app").describe("database; migrations run in it at every start"),
  PGUSER: z.string().default("app").describe("owner of the tables"),
  PGPASSWORD_FILE: z.string().optional().describe("read at every connect, so that a rotated password needs no restart"),
  PGSSLROOTCERT: z.string().optional().describe("CA file; when set, TLS with the server's name verified"),
  POOL_SIZE: z.coerce.number().int().min(1).max(100).default(10).describe("database connections of this replica"),
  START_TIMEOUT_SECONDS: seconds(120, 3600).describe("how long start waits for the database before it gives up"),
  DRAIN_DELAY_SECONDS: seconds(5, 300).describe(
    "unready but serving: endpoints need this long to leave the load balancers",
  ),
  DRAIN_TIMEOUT_SECONDS: seconds(15, 300).describe("then requests in flight get this long before they are cut"),
  EXAMPLE_DATA: z.stringbool().default(false).describe("add the example data at start; for stacks to try things out"),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("lines below this level are not written"),
  ...authVariables,
  ...browserVariables,
  ...limitsVariables,
  ...proxyVariables,
  ...runVariables,
  ...telemetryVariables,
  ...trackerVariables,
});

type Environment = z.infer<typeof environment>;

/** What takes more than the type of one variable to see. */
const faultsOf = (e: Environment): string[] => [
  ...authFaults(e),
  ...browserFaults(e),
  ...limitsFaults(e),
  ...proxyFaults(e),
  ...runFaults(e),
  ...telemetryFaults(e),
  ...trackerFaults(e),
];

/** Their values are not repeated in messages. */
const secretVariables: ReadonlySet<string> = new Set(["VALKEY_URL", "SENTRY_DSN"]);

export interface Config {
  readonly port: number;
  readonly metricsPort: number;
  readonly trustedHops: number;
  readonly database: DatabaseConfig;
  readonly auth: AuthConfig;
  readonly browser: BrowserConfig;
  readonly limits: LimitsConfig;
  readonly proxy: ProxyConfig;
  readonly runs: RunConfig;
  readonly tracker: TrackerConfig;
  readonly exampleData: boolean;
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
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ""));
  const result = environment.safeParse(given);
  if (!result.success) {
    throw unusable(
      result.error.issues.map(({ path, message }) => {
        const key = path.join(".");
        return secretVariables.has(key)
          ? `${key}: ${message}`
          : `${key}: ${message}, got ${JSON.stringify(given[key])}`;
      }),
    );
  }
  const e = result.data;
  const faults = faultsOf(e);
  if (faults.length > 0) throw unusable(faults);
  return {
    port: e.PORT,
    metricsPort: e.METRICS_PORT,
    trustedHops: e.TRUSTED_HOPS,
    database: {
      host: e.PGHOST,
      port: e.PGPORT,
      name: e.PGDATABASE,
      user: e.PGUSER,
      passwordFile: e.PGPASSWORD_FILE,
      caFile: e.PGSSLROOTCERT,
      poolSize: e.POOL_SIZE,
    },
    auth: authConfig(e),
    browser: browserConfig(e),
    limits: limitsConfig(e),
    proxy: proxyConfig(e),
    runs: runConfig(e),
    tracker: trackerConfig(e),
    exampleData: e.EXAMPLE_DATA,
    startTimeoutMs: e.START_TIMEOUT_SECONDS * 1000,
    drainDelayMs: e.DRAIN_DELAY_SECONDS * 1000,
    drainTimeoutMs: e.DRAIN_TIMEOUT_SECONDS * 1000,
    logLevel: e.LOG_LEVEL,
  };
}

const unusable = (faults: readonly string[]) => new ConfigError(`the environment is not usable:\n${faults.join("\n")}`);
