import { request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { Registry } from "@prometheus-io/client";
import express, { type Express } from "express";
import type { Logger } from "pino";
import { errorHandler, unknownAddress } from "../../http/error-handler.ts";
import { apiServer, listen } from "../../listeners.ts";
import { createLogger } from "../../telemetry/log.ts";
import type { ErrorTracker, SecurityEvents } from "../../tracker/contracts.ts";
import { noTracker } from "../../tracker/contracts.ts";
import { AuthMetrics } from "../metrics.ts";

export interface ReportedEvent {
  readonly kind: string;
  readonly key: string;
  readonly details: Readonly<Record<string, string>> | undefined;
}

/** What an app's parts were told, for a test to look at. */
export interface Recorded {
  readonly log: Logger;
  readonly lines: string[];
  readonly registry: Registry;
  readonly metrics: AuthMetrics;
  readonly events: SecurityEvents;
  readonly reported: ReportedEvent[];
  readonly tracker: ErrorTracker;
  readonly users: string[];
}

export function recorded(): Recorded {
  const lines: string[] = [];
  const reported: ReportedEvent[] = [];
  const users: string[] = [];
  const registry = new Registry();
  return {
    lines,
    log: createLogger("debug", { write: (line) => void lines.push(line) }),
    registry,
    metrics: new AuthMetrics(registry),
    reported,
    events: { report: (kind, key, details) => void reported.push({ kind, key, details }) },
    users,
    tracker: { ...noTracker, setUser: ({ id }) => void users.push(id) },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A list makes a header come several times. */
export type RequestHeaders = Readonly<Record<string, string | string[]>>;

export interface TestApp extends AsyncDisposable {
  /** The path goes out as it is. */
  send(method: string, path: string, headers?: RequestHeaders, body?: string): Promise<RawAnswer>;
}

/** An app with the gateway's settings and error handler around what `mount` puts into it. */
export async function startTestApp(log: Logger, mount: (app: Express) => void): Promise<TestApp> {
  const app = express();
  app.enable("case sensitive routing");
  app.enable("strict routing");
  app.set("query parser", "simple");
  mount(app);
  app.use(unknownAddress);
  app.use(errorHandler(log));
  const server: Server = apiServer(app);
  const port = await listen(server, 0);
  return {
    send: (method, path, headers = {}, body) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
        const options = { host: "127.0.0.1", port, method, path, headers: { ...length, ...headers } };
        const request = httpRequest(options, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.once("error", reject);
          response.once("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        });
        request.once("error", reject);
        request.end(body);
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
