import type { Logger } from "pino";
import { AuthMetrics } from "./auth/metrics.ts";
import { RecentTokens } from "./auth/recent-tokens.ts";
import { SecretFile, type SharedSecrets } from "./auth/secret-file.ts";
import { type TokenVerifier, tokenVerifier } from "./auth/token-verifier.ts";
import type { Config } from "./config.ts";
import { Database } from "./database/database.ts";
import { Readiness } from "./health/readiness.ts";
import { LimitsMetrics } from "./limits/metrics.ts";
import { RateLimits } from "./limits/rate-limits.ts";
import { type Backend, openBackends } from "./proxy/backend.ts";
import { ProxyMetrics } from "./proxy/metrics.ts";
import { RunMetrics } from "./runs/metrics.ts";
import { RunProgress } from "./runs/progress.ts";
import { simulatedWork } from "./runs/simulated-work.ts";
import { RunWorker } from "./runs/worker.ts";
import type { ServiceIdentity } from "./telemetry/identity.ts";
import { Metrics } from "./telemetry/metrics.ts";
import type { SecurityEvents } from "./tracker/contracts.ts";
import { TrackerMetrics } from "./tracker/metrics.ts";
import type { RunningTracker } from "./tracker/running-tracker.ts";
import { SecurityReporter } from "./tracker/security-events.ts";

export interface PartsOptions {
  readonly identity: ServiceIdentity;
  readonly log: Logger;
  readonly tracker: RunningTracker;
}

/** What the gateway is made of. One of each for a process, shared by ordinary requests and upgrades. */
export interface Parts extends PartsOptions {
  readonly config: Config;
  readonly database: Database;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly authMetrics: AuthMetrics;
  readonly limitsMetrics: LimitsMetrics;
  readonly runMetrics: RunMetrics;
  readonly events: SecurityEvents;
  /** Undefined where only an identity provider signs tokens. */
  readonly secrets: SharedSecrets | undefined;
  readonly verifier: TokenVerifier;
  readonly limits: RateLimits;
  readonly backends: readonly Backend[];
  readonly worker: RunWorker;
  /** Ends connections to the database, the cache and the upstreams. */
  close(): Promise<void>;
}

/** Opens everything; connections are made in the background or when they are needed. @throws ConfigError for unusable secrets */
export function openParts(config: Config, options: PartsOptions): Parts {
  const { identity, log, tracker } = options;
  const secrets = config.auth.secretFile === undefined ? undefined : new SecretFile(config.auth.secretFile, log);
  const database = new Database(config.database, log);
  const metrics = new Metrics(identity, () => database.counts());
  const { registry } = metrics;
  const authMetrics = new AuthMetrics(registry);
  const limitsMetrics = new LimitsMetrics(registry);
  const runMetrics = new RunMetrics(registry);
  const limits = new RateLimits(config.limits, { metrics: limitsMetrics, log, stack: identity.environment });
  const backends = openBackends(config.proxy.upstreams, { log, metrics: new ProxyMetrics(registry) });
  return {
    ...options,
    config,
    database,
    readiness: new Readiness(database, log),
    metrics,
    authMetrics,
    limitsMetrics,
    runMetrics,
    events: new SecurityReporter(tracker, new TrackerMetrics(registry), { windowMs: config.tracker.securityWindowMs }),
    secrets,
    verifier: new RecentTokens(tokenVerifier(config.auth, { secrets, metrics: authMetrics, log })),
    limits,
    backends,
    worker: new RunWorker({
      ...config.runs,
      progress: new RunProgress(database, config.runs.leaseMs),
      work: simulatedWork(config.runs.stepScale),
      metrics: runMetrics,
      tracker,
      log,
    }),
    async close() {
      limits.close();
      for (const backend of backends) backend.close();
      await database.end();
    },
  };
}
