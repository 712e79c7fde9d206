import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** An answer of a real Jaeger, Prometheus or Bugsink, recorded. */
export function recorded(name: string): string {
  return readFileSync(join(import.meta.dirname, `${name}.json`), "utf8");
}

/** Path and query → status and body. Undefined: 404 in the words of no source at all. */
export type Answers = (
  path: string,
  request: IncomingMessage,
) => { status: number; body: string; location?: string } | undefined;

/** A server that answers as it is told, on a free loopback port, and remembers what it was asked. */
export class FakeSource {
  readonly asked: { path: string; authorization: string | undefined }[] = [];
  answers: Answers = () => undefined;
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? "";
      this.asked.push({ path, authorization: request.headers.authorization });
      const { status, body, location } = this.answers(path, request) ?? {
        status: 404,
        body: "{}",
        location: undefined,
      };
      response.writeHead(status, { "content-type": "application/json", ...(location ? { location } : {}) }).end(body);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Stays what it was after `stop()`. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The recorded trace and event. */
export const traceId = "0af7651916cd43dd8448eb211c80319c";
export const eventId = "d1f159146d2f4ba09cdda03fd686883b";
export const token = "0123456789abcdef0123456789abcdef01234567";

const ok = (body: string) => ({ status: 200, body });

/** Bugsink's API with the recorded event in project 1; refuses whoever has not the token, as the real one does. */
export const bugsinkAnswers: Answers = (path, { headers }) => {
  if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: '{"detail":"Invalid Bearer token."}' };
  const url = new URL(path, "http://bugsink");
  const nothing = ok('{"next":null,"previous":null,"results":[]}');
  const searched = url.searchParams.get("q") === `trace:${traceId}`;
  const at = url.pathname.replace("/api/canonical/0/", "");
  if (at === "issues/") return searched ? ok(recorded("bugsink-issues")) : nothing;
  if (at === "events/") return searched ? ok(recorded("bugsink-events")) : nothing;
  if (at === "events/lookup/") {
    const { project, event_id } = Object.fromEntries(url.searchParams);
    if (project === "1" && event_id === eventId) return ok(recorded("bugsink-event"));
  } else if (at.startsWith("events/")) return ok(recorded("bugsink-event"));
  return { status: 404, body: '{"detail":"No Event matches the given query."}' };
};

export const jaegerAnswers: Answers = (path) =>
  path === `/api/traces/${traceId}`
    ? ok(recorded("jaeger-trace"))
    : {
        status: 404,
        body: '{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}',
      };

export const prometheusAnswers: Answers = (path) =>
  path.startsWith("/api/v1/query_exemplars?") ? ok(recorded("prometheus-exemplars")) : undefined;
