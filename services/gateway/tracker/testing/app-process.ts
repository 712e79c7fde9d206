// A small service with the gateway's telemetry in a process of its own: node --import ../../telemetry/register.ts app-process.ts.
// It fails as it is told to, tells its parent the ports, and ends with it.

import { createServer } from "node:http";
import express, { type ErrorRequestHandler } from "express";
import { asProblem } from "../../http/error-handler.ts";
import { observeRequests } from "../../http/observe-requests.ts";
import { problemBody } from "../../http/problems.ts";
import { listen, metricsServer } from "../../listeners.ts";
import { serviceIdentity } from "../../telemetry/identity.ts";
import { log } from "../../telemetry/log.ts";
import { Metrics } from "../../telemetry/metrics.ts";
import { sampleFirst } from "../../telemetry/sample-first.ts";
import { requireTelemetry } from "../../telemetry/self-test.ts";
import { type SecurityEventKind, securityEventKinds } from "../contracts.ts";
import { endOnCrash } from "../crash.ts";
import { TrackerMetrics } from "../metrics.ts";
import { SecurityReporter } from "../security-events.ts";

/** The body of POST /fail/:id. */
interface Failure {
  readonly message: string;
  readonly name?: string;
  readonly cause?: string;
  /** Thrown as it is instead of an Error. */
  readonly value?: unknown;
  readonly user?: string;
  readonly breadcrumb?: string;
  readonly warning?: string;
  /** Asked for first. */
  readonly fetch?: string;
  /** Own field of the error that throws when it is read. */
  readonly trap?: boolean;
}

const running = requireTelemetry();
const { tracker } = running;
const metrics = new Metrics(serviceIdentity(process.env), () => ({ total: 0, idle: 0, waiting: 0, max: 0 }));
const trackerMetrics = new TrackerMetrics(metrics.registry);
const security = new SecurityReporter(tracker, trackerMetrics, { windowMs: 60_000 });
endOnCrash({ log, tracker, flushTelemetry: () => running.shutdown() });

const shared = new Error("one error object for many requests");
const app = express();
app.use(observeRequests(log, metrics));
app.use(tracker.isolate);
app.use(express.json());
app.get("/ok", (_request, response) => void response.json({ ok: true }));
app.get("/baggage", async (request, response) => {
  response.json(await (await fetch(String(request.query.from))).json());
});
app.get("/shared", () => {
  throw shared;
});
app.post("/fail/:id", async (request) => {
  const given = request.body as Failure;
  if (given.user !== undefined) tracker.setUser({ id: given.user, roles: ["viewer", "operator"] });
  if (given.breadcrumb !== undefined) tracker.breadcrumb("step", given.breadcrumb, { note: given.breadcrumb });
  if (given.warning !== undefined) log.warn(given.warning);
  if (given.fetch !== undefined) await fetch(given.fetch).catch(() => undefined);
  if ("value" in given) throw given.value;
  const error = new Error(given.message, given.cause === undefined ? {} : { cause: new Error(given.cause) });
  if (given.name !== undefined) error.name = given.name;
  if (given.trap === true) {
    Object.defineProperty(error, "stack", {
      get() {
        throw new Error("this error cannot be read");
      },
    });
  }
  throw error;
});
app.post("/security/:kind/:key", (request, response) => {
  const { kind, key } = request.params;
  if (securityEventKinds.includes(kind as SecurityEventKind)) {
    security.report(kind as SecurityEventKind, key, {
      route: "/security/:kind/:key",
      note: String(request.query.note),
    });
  }
  response.status(204).end();
});
app.post("/crash/:how", (request) => {
  const crash = () => {
    const error = new Error(String((request.body as Failure).message));
    if (request.params.how === "rejection") void Promise.reject(error);
    else throw error;
  };
  setImmediate(crash);
});
const onError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  const problem = asProblem(error);
  // Twice, as when an error passes two places that report: it is one event.
  const eventId = tracker.capture(error);
  if (problem.status >= 500 && tracker.capture(error) === eventId) log.error({ err: error }, "request failed");
  response.status(problem.status).json({
    ...problemBody(problem, request.path, response.locals.trace?.trace_id),
    event_id: eventId,
  });
};
app.use(onError);

const server = sampleFirst(createServer(app), running.decide, () => false);
const port = await listen(server, 0);
const metricsPort = await listen(
  sampleFirst(metricsServer(metrics.registry), running.decide, () => true),
  0,
);
process.on("message", (message) => {
  if (message !== "flush") return;
  void Promise.allSettled([running.shutdown(), tracker.close(2_000)]).then(() => process.send?.("flushed"));
});
process.once("disconnect", () => process.exit(0));
process.send?.({ port, metricsPort });
