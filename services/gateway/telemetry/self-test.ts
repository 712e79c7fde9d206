import diagnostics from "node:diagnostics_channel";
import http from "node:http";
import https from "node:https";
import express from "express";
import { Redis } from "ioredis";
import pg from "pg";
import { apiVersionFault } from "./api-copies.ts";
import { log } from "./log.ts";
import { type Telemetry, telemetry } from "./state.ts";

/** What each instrumentation replaces or listens to, so that one that does not is seen before the first trace is missing. */
const reached: Readonly<Record<string, () => boolean>> = {
  http: () => isWrapped(http.Server.prototype.emit) && isWrapped(http.request),
  https: () => isWrapped(https.request),
  express: () => isWrapped((express.Router.prototype as { route?: unknown }).route),
  pg: () => isWrapped(pg.Client.prototype.query),
  "pg-pool": () => isWrapped(pg.Pool.prototype.connect),
  ioredis: () => isWrapped(Redis.prototype.sendCommand),
  fetch: () => diagnostics.hasSubscribers("undici:request:create"),
  prisma: () => "PRISMA_INSTRUMENTATION" in globalThis,
};

/**
 * @throws when the preload is missing, a hook did not fire, or two versions of the API are loaded: a gateway that runs without traces
 * looks healthy for weeks. With telemetry switched off it says so in the log and lets the start go on.
 */
export function requireTelemetry(): Telemetry {
  const running = telemetry();
  if (!running) throw new Error("telemetry is not loaded; start with: node --import ./telemetry/register.ts server.ts");
  if (!running.enabled) {
    log.info("telemetry is off: OTEL_ENABLED is false, so there are no spans and no trace ids");
    return running;
  }
  const fault = apiVersionFault();
  if (fault !== undefined) throw new Error(fault);
  const silent = Object.entries(reached).filter(([, isReached]) => !isReached());
  if (silent.length > 0) {
    throw new Error(
      `instrumentation did not reach ${silent.map(([name]) => name).join(", ")}; is there a second copy of a package?`,
    );
  }
  return running;
}

/** OpenTelemetry marks the functions it replaces. */
const isWrapped = (member: unknown): boolean =>
  typeof member === "function" && "__wrapped" in member && member.__wrapped === true;
