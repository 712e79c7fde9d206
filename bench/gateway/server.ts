// The gateway's own app under measurement, in a process of its own. Started with the gateway's preload it is traced, without it is not;
// nothing else differs. It tells its port, and after that its processor time whenever it is asked.
import { Writable } from "node:stream";
import { createApp } from "@golive/gateway/app.ts";
import { readConfig } from "@golive/gateway/config.ts";
import { Database } from "@golive/gateway/database/database.ts";
import { migrate } from "@golive/gateway/database/migrate.ts";
import { Readiness } from "@golive/gateway/health/readiness.ts";
import { isProbe } from "@golive/gateway/health/routes.ts";
import { apiServer, listen } from "@golive/gateway/listeners.ts";
import { createLogger } from "@golive/gateway/telemetry/log.ts";
import { Metrics } from "@golive/gateway/telemetry/metrics.ts";
import { sampleFirst } from "@golive/gateway/telemetry/sample-first.ts";
import { telemetry } from "@golive/gateway/telemetry/state.ts";
import express from "express";
import { burn, roundsVariable } from "./burn.ts";
import type { Said } from "./child.ts";

// Lines are made as in production, and go nowhere.
const log = createLogger("info", new Writable({ write: (_chunk, _encoding, done) => done() }));
const config = readConfig(process.env);
await migrate(config.database, log);
const database = new Database(config.database, log);
const metrics = new Metrics({ name: "gateway", version: "bench", environment: "bench" }, () => database.counts());
const readiness = new Readiness(database, log);
readiness.schemaIsCurrent();

const heavyRounds = Number(process.env[roundsVariable]);
const app = express();
app.get("/heavy", (_request, response) => {
  response.json({ value: burn(heavyRounds) });
});
app.use(createApp({ database, readiness, metrics, log, version: "bench" }));

const server = apiServer(app);
const running = telemetry();
if (running) sampleFirst(server, running.decide, isProbe);
const port = await listen(server, 0);
const say = (said: Said) => process.send?.(said);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  say({ cpuMs: (user + system) / 1000 });
});
process.on("disconnect", () => process.exit(0));
say({ port });
