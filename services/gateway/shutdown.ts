import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";

/** A dead collector must not hold the process: measured, its own time-outs take up to nine seconds. */
const flushMs = 3_000;

const sweepMs = 100;

export interface ShutdownParts {
  readonly log: Logger;
  readonly api: Server;
  readonly metrics: Server;
  /** Makes /readyz answer 503 and responses close their connections. */
  readonly drain: () => void;
  /** Ends the WebSockets, which would otherwise outlast every limit. */
  readonly closeUpgrades: () => Promise<void>;
  /** Takes up no more runs; those that go on longer than this many ms fail as interrupted. */
  readonly stopRuns: (limitMs: number) => Promise<void>;
  readonly flushTelemetry: () => Promise<void>;
  readonly closeConnections: () => Promise<void>;
  readonly drainDelayMs: number;
  readonly drainTimeoutMs: number;
}

/** The order of an end without a lost request. Resolves to whether every request finished in time. */
export async function shutdown(parts: ShutdownParts): Promise<boolean> {
  const { log, api, metrics } = parts;
  log.info({ delay_ms: parts.drainDelayMs }, "draining: unready, still serving");
  parts.drain();
  await delay(parts.drainDelayMs);

  const { drainTimeoutMs } = parts;
  const [finished] = await Promise.all([
    closeServer(api, drainTimeoutMs),
    parts.stopRuns(drainTimeoutMs),
    parts.closeUpgrades(),
  ]);
  if (!finished) log.warn({ timeout_ms: parts.drainTimeoutMs }, "requests were cut at the end of the drain");

  await within(flushMs, parts.flushTelemetry(), () =>
    log.warn("spans were left behind: the collector did not take them in time"),
  );
  await within(flushMs, parts.closeConnections(), () => log.warn("connections did not close in time"));
  metrics.close();
  metrics.closeAllConnections();
  log.info("stopped");
  return finished;
}

/** Takes no new connections, lets requests finish, and cuts what is left at the limit. */
async function closeServer(server: Server, limitMs: number): Promise<boolean> {
  const closed = new Promise<true>((resolve) => server.close(() => resolve(true)));
  // `close` ends the connections that are idle now; a client may keep another one open after its last answer.
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  const timer = new AbortController();
  const late = delay(limitMs, false, { signal: timer.signal }).catch(() => false);
  const finished = await Promise.race([closed, late]);
  timer.abort();
  clearInterval(sweep);
  if (!finished) server.closeAllConnections();
  return finished;
}

async function within(limitMs: number, work: Promise<void>, onLate: () => void): Promise<void> {
  const timer = new AbortController();
  const late = delay(limitMs, "late" as const, { signal: timer.signal }).catch(() => undefined);
  const outcome = await Promise.race([work.catch(() => undefined), late]);
  timer.abort();
  if (outcome === "late") onLate();
}
