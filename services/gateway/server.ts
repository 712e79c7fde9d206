// Start: node --import ./telemetry/register.ts server.ts
import type { Server } from "node:http";
import { createApp, createUpgrades } from "./app.ts";
import { readConfig } from "./config.ts";
import { migrateWithRetry } from "./database/migrate.ts";
import { isProbe } from "./health/routes.ts";
import { apiServer, listen, metricsServer } from "./listeners.ts";
import { openParts, type Parts } from "./parts.ts";
import type { UpgradeHandler } from "./proxy/upgrades.ts";
import { seed } from "./seed/seed.ts";
import { shutdown } from "./shutdown.ts";
import { serviceIdentity } from "./telemetry/identity.ts";
import { log } from "./telemetry/log.ts";
import { sampleFirst } from "./telemetry/sample-first.ts";
import { requireTelemetry } from "./telemetry/self-test.ts";
import type { Telemetry } from "./telemetry/state.ts";
import { withSpan } from "./telemetry/with-span.ts";
import { endOnCrash } from "./tracker/crash.ts";

/** Half of what is kept for the flush, so that neither holds up the other. */
const trackerFlushMs = 2_000;

async function main(): Promise<void> {
  const telemetry = requireTelemetry();
  const config = readConfig(process.env);
  const { tracker } = telemetry;
  const parts = openParts(config, { identity: serviceIdentity(process.env), log, tracker });
  endOnCrash({ log, tracker, flushTelemetry: () => telemetry.shutdown() });

  // Listening comes first: probes tell a start that waits for the database from one that hangs.
  const api = sampleFirst(apiServer(createApp(parts)), telemetry.decide, isProbe);
  const upgrades = createUpgrades(parts);
  upgrades.attach(api);
  const scrapes = sampleFirst(metricsServer(parts.metrics.registry), telemetry.decide, () => true);
  const port = await listen(api, config.port);
  const metricsPort = await listen(scrapes, config.metricsPort);
  log.info({ port, metrics_port: metricsPort }, "listening");

  const stopStarting = new AbortController();
  onFirstSignal(async (signal) => {
    log.info({ signal }, "stopping");
    stopStarting.abort();
    process.exit((await stop(parts, telemetry, { api, scrapes, upgrades })) ? 0 : 1);
  });
  await bringUpToDate(parts, stopStarting.signal);
}

/** Migrates, and only then serves and executes. */
async function bringUpToDate({ config, database, readiness, worker }: Parts, signal: AbortSignal): Promise<void> {
  const start = { timeoutMs: config.startTimeoutMs, signal };
  try {
    await withSpan("migrate", () => migrateWithRetry(config.database, log, start));
    if (config.exampleData) log.info(await seed(database), "example data is there; the numbers are what was added");
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  readiness.schemaIsCurrent();
  if (!signal.aborted) worker.start();
  log.info("ready");
}

interface Listeners {
  readonly api: Server;
  readonly scrapes: Server;
  readonly upgrades: UpgradeHandler;
}

/** Resolves to whether every request finished in time. */
function stop(parts: Parts, telemetry: Telemetry, { api, scrapes, upgrades }: Listeners): Promise<boolean> {
  const { config, readiness, worker, tracker } = parts;
  return shutdown({
    log,
    api,
    metrics: scrapes,
    drain: () => readiness.drain(),
    closeUpgrades: () => upgrades.close(),
    stopRuns: (limitMs) => worker.stop(limitMs),
    flushTelemetry: async () => {
      await Promise.all([telemetry.shutdown(), tracker.close(trackerFlushMs)]);
    },
    closeConnections: () => parts.close(),
    drainDelayMs: config.drainDelayMs,
    drainTimeoutMs: config.drainTimeoutMs,
  });
}

function onFirstSignal(act: (signal: NodeJS.Signals) => Promise<void>): void {
  const onSignal = (signal: NodeJS.Signals) => {
    process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
    // A second signal is a person who does not want to wait.
    for (const again of ["SIGTERM", "SIGINT"] as const) process.on(again, () => process.exit(1));
    void act(signal);
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
}

main().catch((error: unknown) => {
  log.fatal({ err: error }, "the gateway cannot start");
  process.exit(1);
});
