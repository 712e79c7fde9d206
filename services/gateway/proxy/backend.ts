import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { Logger } from "pino";
import { Breaker } from "./breaker.ts";
import type { Upstream } from "./config.ts";
import { UpstreamFailure } from "./failure.ts";
import { rememberingFailures } from "./lookup.ts";
import { LoopClock } from "./loop-clock.ts";
import type { ProxyMetrics } from "./metrics.ts";

/** Idle connections per upstream; more are closed when their request ends. */
const maxIdleConnections = 64;

/** Shorter than common servers keep theirs, so that few requests meet a connection that is just being closed. */
const idleConnectionMs = 4_000;

/** Where a replica that is full asks to be tried again. */
const busyRetrySeconds = 1;

export interface BackendParts {
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
  /** Resolves names. @default the system's */
  readonly lookup?: LookupFunction;
}

/** Where connections to an upstream go, as Node's client takes it. */
export interface Origin {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  /** The target's path, without a slash at the end. */
  readonly basePath: string;
  /** For the header: host, and port where it is not the scheme's own. */
  readonly host: string;
}

/** One upstream as this replica sees it: its connections, what is under way, and whether it is being left alone. */
export class Backend {
  readonly upstream: Upstream;
  readonly origin: Origin;
  readonly agent: http.Agent;
  readonly breaker: Breaker;
  readonly clock = new LoopClock();
  readonly lookup: LookupFunction;
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
  #requests = 0;
  #sockets = 0;

  constructor(upstream: Upstream, { log, metrics, lookup }: BackendParts) {
    this.upstream = upstream;
    this.origin = originOf(upstream.target);
    this.log = log;
    this.metrics = metrics;
    this.lookup = rememberingFailures(lookup);
    const { Agent } = this.origin.protocol === "https:" ? https : http;
    // No `maxSockets`: a request that waits for a connection inside the agent could not be called off. `enterRequest` is the limit.
    this.agent = new Agent({
      keepAlive: true,
      maxFreeSockets: maxIdleConnections,
      timeout: idleConnectionMs,
      lookup: this.lookup,
    } as http.AgentOptions);
    const { name } = upstream;
    this.breaker = new Breaker({
      settings: upstream.breaker,
      upstream: name,
      onState: (state) => {
        metrics.breakerIs(name, state);
        const level = state === "open" ? "warn" : "info";
        log[level]({ upstream: name, state }, "circuit breaker");
      },
    });
    metrics.expectUpstream(name);
  }

  /** @returns how to leave. @throws UpstreamFailure `busy` */
  enterRequest(): () => void {
    this.#requireRoom(this.#requests);
    this.#requests += 1;
    return once(() => {
      this.#requests -= 1;
    });
  }

  /** As `enterRequest`, for WebSockets, which may stay for days and must not take the requests' room. */
  enterSocket(): () => void {
    this.#requireRoom(this.#sockets);
    this.#sockets += 1;
    return once(() => {
      this.#sockets -= 1;
    });
  }

  /** Ends idle connections; those in use end with their requests. */
  close(): void {
    this.agent.destroy();
  }

  #requireRoom(taken: number): void {
    if (taken < this.upstream.maxConnections) return;
    throw new UpstreamFailure("busy", this.upstream.name, { retryAfterSeconds: busyRetrySeconds });
  }
}

/** The upstreams of the configuration, to be shared by routes and upgrades. */
export function openBackends(upstreams: readonly Upstream[], parts: BackendParts): Backend[] {
  return upstreams.map((upstream) => new Backend(upstream, parts));
}

function originOf(target: string): Origin {
  const { protocol, hostname, port, pathname, host } = new URL(target);
  return {
    protocol,
    // Brackets belong to the URL; a connection takes the bare IPv6 address.
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    basePath: pathname.replace(/\/+$/, ""),
    host,
  };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
