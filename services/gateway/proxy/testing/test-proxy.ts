import type { Server } from "node:http";
import type { LookupFunction } from "node:net";
import express from "express";
import { includesRole, type Principal, type Role } from "../../auth/principal.ts";
import { errorHandler, unknownAddress } from "../../http/error-handler.ts";
import { observeRequests } from "../../http/observe-requests.ts";
import { Problem } from "../../http/problems.ts";
import { apiServer, listen } from "../../listeners.ts";
import { createLogger } from "../../telemetry/log.ts";
import { Metrics } from "../../telemetry/metrics.ts";
import { type Backend, openBackends } from "../backend.ts";
import { proxyConfig } from "../config.ts";
import { ProxyMetrics } from "../metrics.ts";
import { type Authorize, proxyRoutes } from "../routes.ts";
import { type UpgradeHandler, upgradeHandler } from "../upgrades.ts";

export type LogLine = Record<string, unknown> & { readonly message?: string };

/** The proxy as the gateway mounts it, in this process, over real connections. */
export interface TestProxy extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly backends: readonly Backend[];
  readonly upgrades: UpgradeHandler;
  readonly lines: readonly LogLine[];
  /** Value of a series such as `circuit_breaker_state{upstream="shop"}`; undefined when it does not exist. */
  sample(series: string): Promise<number | undefined>;
}

export interface TestProxyOptions {
  readonly lookup?: LookupFunction;
  readonly trustProxy?: unknown;
  readonly allowedOrigins?: readonly string[];
}

/** A bearer token is the name of its only role. */
export const authorize: Authorize = async (request, response, access) => {
  const role = request.get("authorization")?.replace("Bearer ", "") as Role | undefined;
  const principal: Principal | undefined = role && { id: `user of ${role}`, roles: [role] };
  response.locals.principal = principal;
  if (access === "public") return;
  if (!principal) throw new Problem("unauthenticated", "no token");
  if (!includesRole(principal, access)) throw new Problem("forbidden", "not this role");
};

/** @param upstreams as in `UPSTREAMS`; name `shop`, prefix `/shop` and access `public` unless said otherwise */
export async function startProxy(
  upstreams: readonly Record<string, unknown>[],
  { lookup, trustProxy = false, allowedOrigins = [] }: TestProxyOptions = {},
): Promise<TestProxy> {
  const lines: LogLine[] = [];
  const log = createLogger("info", { write: (line) => void lines.push(JSON.parse(line)) });
  const entries = upstreams.map((entry) => ({ name: "shop", prefix: "/shop", access: "public", ...entry }));
  const config = proxyConfig({ UPSTREAMS: JSON.stringify(entries) });
  const metrics = new Metrics({ name: "gateway", version: "test", environment: "test" }, () => ({
    total: 0,
    idle: 0,
    waiting: 0,
    max: 0,
  }));
  const backends = openBackends(config.upstreams, {
    log,
    metrics: new ProxyMetrics(metrics.registry),
    ...(lookup && { lookup }),
  });
  const observe = observeRequests(log, metrics);
  const onError = errorHandler(log);

  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", trustProxy);
  app.use(observe, proxyRoutes(backends, { authorize }), unknownAddress, onError);
  const server = apiServer(app);
  const upgrades = upgradeHandler(backends, { authorize, allowedOrigins, trustProxy, before: [observe], onError });
  upgrades.attach(server);
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    backends,
    upgrades,
    lines,
    async sample(series) {
      const line = (await metrics.registry.metrics()).split("\n").find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.split(" ")[1]);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await upgrades.close();
      for (const backend of backends) backend.close();
      await closed;
    },
  };
}
