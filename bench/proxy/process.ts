// One server of the proxy's benchmark, in a process of its own: node process.ts <kind> <settings as JSON>. Tells its port; after that
// its processor time whenever it is asked; ends with its parent.
import { Agent, createServer, type Server } from "node:http";
import { Writable } from "node:stream";
import { createApp } from "@golive/gateway/app.ts";
import { readConfig } from "@golive/gateway/config.ts";
import { migrate } from "@golive/gateway/database/migrate.ts";
import { apiServer, listen } from "@golive/gateway/listeners.ts";
import { openParts } from "@golive/gateway/parts.ts";
import { createLogger } from "@golive/gateway/telemetry/log.ts";
import { sampleFirst } from "@golive/gateway/telemetry/sample-first.ts";
import { telemetry } from "@golive/gateway/telemetry/state.ts";
import { unconnectedTracker } from "@golive/gateway/tracker/running-tracker.ts";
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";
import type { Said } from "../gateway/child.ts";

/** What the upstream answers: as long as an ordinary page of an API. */
const body = JSON.stringify({
  items: Array.from({ length: 10 }, (_, id) => ({ id, name: `item ${id}`, text: "x".repeat(60) })),
});

const kinds: Readonly<Record<string, (target: string) => Server | Promise<Server>>> = {
  upstream: () =>
    createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
    }),

  /** As its own documentation mounts it, with connections that are kept. */
  "http-proxy-middleware": (target) => {
    const app = express();
    app.disable("x-powered-by");
    const agent = new Agent({ keepAlive: true });
    app.use("/shop", createProxyMiddleware({ target: `${target}/shop`, changeOrigin: true, xfwd: true, agent }));
    return createServer(app);
  },

  gateway: async (target) => {
    // Lines are made as in production, and go nowhere.
    const log = createLogger("info", new Writable({ write: (_chunk, _encoding, done) => done() }));
    const upstreams = [{ name: "shop", prefix: "/shop", target, access: "viewer", maxConnections: 10_000 }];
    const config = readConfig({ ...process.env, UPSTREAMS: JSON.stringify(upstreams) });
    await migrate(config.database, log);
    const identity = { name: "gateway", version: "bench", environment: "bench" };
    const running = telemetry();
    const parts = openParts(config, { identity, log, tracker: running?.tracker ?? unconnectedTracker() });
    const server = apiServer(createApp(parts));
    return running ? sampleFirst(server, running.decide, () => false) : server;
  },
};

const [kind = "", target = ""] = process.argv.slice(2);
const make = kinds[kind];
if (!make) throw new Error(`no such server: ${kind}`);
const port = await listen(await make(target), 0);
const say = (said: Said) => process.send?.(said);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  say({ cpuMs: (user + system) / 1000 });
});
process.on("disconnect", () => process.exit(0));
say({ port });
