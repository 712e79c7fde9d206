import http from "node:http";
import express from "express";
import pg from "pg";
import { type Telemetry, telemetry } from "./state.ts";

/** What each instrumentation replaces, so that a hook that did not fire is seen before the first trace is missing. */
const patched: Record<string, () => unknown> = {
  http: () => http.Server.prototype.emit,
  express: () => (express.Router.prototype as { route?: unknown }).route,
  pg: () => pg.Client.prototype.query,
};

/** @throws when the preload is missing or a hook did not fire: a gateway that runs without traces looks healthy for weeks. */
export function requireTelemetry(): Telemetry {
  const running = telemetry();
  if (!running) throw new Error("telemetry is not loaded; start with: node --import ./telemetry/register.ts server.ts");
  const silent = Object.entries(patched).filter(([, member]) => !isWrapped(member()));
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
