import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { redact } from "@golive/errors/redact.ts";
import { type MetricsServerConfig, readMetricsServerConfig, readMonitorConfig } from "../config/monitor.ts";
import { readEnvironmentName } from "../config/notify.ts";
import { readRetentionPolicy } from "../config/retention.ts";
import type { World } from "../verbs/verb.ts";
import { CheckIns } from "./check-ins.ts";
import { Exporter } from "./exporter.ts";
import type { LookOptions } from "./gather.ts";
import { heartbeat } from "./heartbeat.ts";
import { type Look, look } from "./look.ts";
import { openMonitorWorld } from "./open-world.ts";
import { type Status, statusOfPlatform } from "./status.ts";

/** What the server answers from; changes with each look. */
interface Seen {
  readonly exporter: Exporter;
  readonly checkIns: CheckIns;
  status: Status | undefined;
  /** The first look was tried. It may have failed: a store that is down is told by metrics, not by a pod that is never ready. */
  tried: boolean;
}

export interface MetricsServer {
  readonly port: number;
  /** Resolves when it has stopped: after the world's signal. */
  readonly stopped: Promise<void>;
}

/** Looks every few minutes and serves what it saw. @throws CONFIG_INVALID, and what `listen` throws when the port is taken */
export async function startMetricsServer(world: World): Promise<MetricsServer> {
  const config = readMetricsServerConfig(world.env);
  // Faults of the configuration stop the start, not the first look.
  openMonitorWorld(world, world.signal);
  readRetentionPolicy(world.env);
  const { checkIns } = readMonitorConfig(world.env);
  const seen: Seen = {
    exporter: new Exporter(),
    checkIns: new CheckIns(checkIns, readEnvironmentName(world.env)),
    status: undefined,
    tried: false,
  };
  const server = createServer((request, response) => {
    answer(seen, world, request, response).catch(() => response.destroy());
  });
  await listen(server, config);
  const looking = lookAgainAndAgain(world, config, seen);
  return {
    port: (server.address() as AddressInfo).port,
    stopped: looking.then(() => close(server)),
  };
}

async function lookAgainAndAgain(world: World, config: MetricsServerConfig, seen: Seen): Promise<void> {
  let sampled = Number.NEGATIVE_INFINITY;
  let lastSamples: LookOptions["lastSamples"];
  while (!world.signal.aborted) {
    const sample = performance.now() - sampled >= config.sampleEverySeconds * 1000;
    const made = await lookOnce(world, seen, { sample, lastSamples });
    if (sample && made?.facts.samples && "value" in made.facts.samples) {
      sampled = performance.now();
      lastSamples = made.facts.samples;
    }
    seen.tried = true;
    await delay(config.intervalSeconds * 1000, undefined, { signal: world.signal }).catch(() => undefined);
  }
}

/** One look, told to whoever watches us. Whatever fails is a line in the log and a count. */
async function lookOnce(world: World, seen: Seen, options: LookOptions): Promise<Look | undefined> {
  try {
    const config = readMonitorConfig(world.env);
    const beat = heartbeat(config, readEnvironmentName(world.env), world.report);
    await beat.begin();
    const made = await look(world, options).catch(async (error: unknown) => {
      if (!world.signal.aborted) await beat.end("unknown");
      throw error;
    });
    seen.exporter.saw(made, config.limits, readRetentionPolicy(world.env));
    seen.status = statusOfPlatform(made.facts, made.report);
    reportLook(made, world);
    const { schedules } = made.facts;
    await Promise.all([
      beat.end(made.report.state),
      schedules && "value" in schedules ? seen.checkIns.tell(schedules.value, world.now(), world.report) : undefined,
    ]);
    return made;
  } catch (error) {
    if (world.signal.aborted) return undefined;
    seen.exporter.failed();
    world.report(`error: no look could be made: ${(error as Error).message}`);
    return undefined;
  }
}

function reportLook({ report, seconds }: Look, world: World): void {
  world.report(`looked for ${seconds.toFixed(1)} s: ${report.state}`);
  for (const { check, database, state, message } of report.checks)
    if (state !== "ok")
      world.report(`${state} ${check}${database === null ? "" : ` ${JSON.stringify(database)}`}: ${message}`);
}

async function answer(seen: Seen, world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, {
      "content-type": type,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const text = (status: number, body: string): void => send(status, "text/plain; charset=utf-8", `${body}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "only GET");
  switch (request.url?.split("?")[0]) {
    case "/metrics":
      return send(200, "text/plain; version=0.0.4; charset=utf-8", await seen.exporter.text(world.now()));
    case "/healthz":
      return text(200, "ok");
    case "/readyz":
      return seen.tried ? text(200, "ready") : text(503, "the first look is not over");
    case "/status.json":
      if (seen.status === undefined) return send(503, "application/json", '{"error":"nothing was seen yet"}\n');
      return send(200, "application/json", `${redact(JSON.stringify(seen.status))}\n`);
    default:
      return text(404, "try /metrics, /status.json, /healthz or /readyz");
  }
}

function listen(server: Server, { host, port }: MetricsServerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
