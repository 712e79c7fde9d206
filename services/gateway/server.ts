// Start: node --import ./telemetry/register.ts server.ts
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { Database } from "./database/database.ts";
import { migrateWithRetry } from "./database/migrate.ts";
import { Readiness } from "./health/readiness.ts";
import { isProbe } from "./health/routes.ts";
import { apiServer, listen, metricsServer } from "./listeners.ts";
import { shutdown } from "./shutdown.ts";
import { serviceIdentity } from "./telemetry/identity.ts";
import { log } from "./telemetry/log.ts";
import { Metrics } from "./telemetry/metrics.ts";
import { sampleFirst } from "./telemetry/sample-first.ts";
import { requireTelemetry } from "./telemetry/self-test.ts";
import { withSpan } from "./telemetry/with-span.ts";

const flushAfterCrashMs = 2_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const telemetry = requireTelemetry();
  const identity = serviceIdentity(process.env);
  const database = new Database(config.database, log);
  const metrics = new Metrics(identity, () => database.counts());
  const readiness = new Readiness(database, log);
  const stopStarting = new AbortController();

  const crash = (error: unknown) => {
    log.fatal({ err: error }, "the process ends after an error nobody handled");
    setTimeout(() => process.exit(1), flushAfterCrashMs);
    telemetry.shutdown().finally(() => process.exit(1));
  };
  process.once("uncaughtException", crash);
  process.once("unhandledRejection", crash);

  // Listening comes first: probes tell a start that waits for the database from one that hangs.
  const app = createApp({ database, readiness, metrics, log, version: identity.version });
  const api = sampleFirst(apiServer(app), telemetry.decide, isProbe);
  const scrapes = sampleFirst(metricsServer(metrics.registry), telemetry.decide, () => true);
  const port = await listen(api, config.port);
  const metricsPort = await listen(scrapes, config.metricsPort);
  log.info({ port, metrics_port: metricsPort }, "listening");

  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, "stopping");
    stopStarting.abort();
    // A second signal is a person who does not want to wait.
    for (const again of ["SIGTERM", "SIGINT"] as const) process.on(again, () => process.exit(1));
    const finished = await shutdown({
      log,
      api,
      metrics: scrapes,
      drain: () => readiness.drain(),
      flushTelemetry: () => telemetry.shutdown(),
      endDatabase: () => database.end(),
      drainDelayMs: config.drainDelayMs,
      drainTimeoutMs: config.drainTimeoutMs,
    });
    process.exit(finished ? 0 : 1);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
    void stop(signal);
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);

  const start = { timeoutMs: config.startTimeoutMs, signal: stopStarting.signal };
  await withSpan("migrate", {}, () => migrateWithRetry(config.database, log, start)).catch((error: unknown) => {
    if (!stopStarting.signal.aborted) throw error;
  });
  readiness.schemaIsCurrent();
  log.info("ready");
}

main().catch((error: unknown) => {
  log.fatal({ err: error }, "the gateway cannot start");
  process.exit(1);
});
