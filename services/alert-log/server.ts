/**
 * Writes each alert that Alertmanager posts as one line of JSON on stdout. The watchdog (path /watchdog) is counted, not written:
 * it never stops. Environment: PORT, 8080 by default.
 */
import { createServer } from "node:http";

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

const limit = 1024 * 1024;
let watchdogs = 0;

const server = createServer((request, response) => {
  if (request.method !== "POST") return response.end(`${JSON.stringify({ watchdogs })}\n`);
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    body += chunk;
    if (body.length > limit) request.destroy();
  });
  return request.on("end", () => {
    response.statusCode = request.url === "/watchdog" ? count() : write(body);
    response.end();
  });
});

/** @returns the status to answer with. */
function count(): number {
  watchdogs += 1;
  return 204;
}

/** @returns the status to answer with; Alertmanager does not retry after a 4xx. */
function write(body: string): number {
  try {
    const { alerts } = JSON.parse(body) as { readonly alerts: readonly Alert[] };
    for (const { status, labels, annotations, startsAt, endsAt } of alerts)
      console.log(JSON.stringify({ time: new Date().toISOString(), status, labels, annotations, startsAt, endsAt }));
    return 204;
  } catch (error) {
    console.error(JSON.stringify({ time: new Date().toISOString(), error: String(error) }));
    return 400;
  }
}

server.listen(Number(process.env.PORT ?? 8080));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
