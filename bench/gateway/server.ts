// The gateway's own app under measurement, in a process of its own. Started with the gateway's preload it is traced, without it is not;
// nothing else differs. It tells its port, and after that its processor time whenever it is asked.
import { Writable } from "node:stream";
import { createApp } from "@golive/gateway/app.ts";
import { readConfig } from "@golive/gateway/config.ts";
import { migrate } from "@golive/gateway/database/migrate.ts";
import { isProbe } from "@golive/gateway/health/routes.ts";
import { apiServer, listen } from "@golive/gateway/listeners.ts";
import { openParts } from "@golive/gateway/parts.ts";
import { createLogger } from "@golive/gateway/telemetry/log.ts";
import { sampleFirst } from "@golive/gateway/telemetry/sample-first.ts";
import { telemetry } from "@golive/gateway/telemetry/state.ts";
import { unconnectedTracker } from "@golive/gateway/tracker/running-tracker.ts";
import express from "express";
import { burn, roundsVariable } from "./burn.ts";
import type { Said } from "./child.ts";

// Lines are made as in production, and go nowhere.
const log = createLogger("info", new Writable({ write: (_chunk, _encoding, done) => done() }));
const config = readConfig(process.env);
await migrate(config.database, log);
const running = telemetry();
const identity = { name: "gateway", version: "bench", environment: "bench" };
const parts = openParts(config, { identity, log, tracker: running?.tracker ?? unconnectedTracker() });
parts.readiness.schemaIsCurrent();

const heavyRounds = Number(process.env[roundsVariable]);
const app = express();
app.get("/heavy", (_request, response) => {
  response.json({ value: burn(heavyRounds) });
});
app.use(createApp(parts));

const server = apiServer(app);
if (running) sampleFirst(server, running.decide, isProbe);
const port = await listen(server, 0);
const say = (said: Said) => process.send?.(said);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  say({ cpuMs: (user + system) / 1000 });
});
process.on("disconnect", () => process.exit(0));
say({ port });
