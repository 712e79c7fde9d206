import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { type Answer, answer } from "./answer.ts";
import { securityHeaders, strictTransport } from "./headers.ts";
import type { SiteFiles } from "./site-files.ts";
import type { AskStatus } from "./status-cache.ts";

/** A line of the access log. Nothing in it is about the reader: no address, no query, no browser. */
export interface Access {
  readonly time: string;
  readonly method: string;
  /** Null when the site has no such address: it could hold anything. */
  readonly path: string | null;
  readonly status: number;
  readonly ms: number;
}

export interface SiteServer {
  readonly site: SiteFiles;
  readonly status: AskStatus;
  /** Whether TLS ends in front of the server. */
  readonly hsts: boolean;
  readonly log: (access: Access) => void;
}

export function siteServer({ site, status, hsts, log }: SiteServer): Server {
  const always = { ...securityHeaders, ...(hsts ? strictTransport : {}) };
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 20_000 }, (request, response) => {
    for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
    const begun = performance.now();
    let path: string | null = null;
    // Whether the answer was read to its end or not.
    response.once("close", () => {
      if (path === "/healthz") return;
      const { method = "" } = request;
      const ms = Math.round(performance.now() - begun);
      log({ time: new Date().toISOString(), method, path, status: response.statusCode, ms });
    });
    respond(request, response, (served) => {
      path = served;
    }).catch(() => response.destroy());
  });
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });

  async function respond(request: IncomingMessage, response: ServerResponse, served: (path: string) => void) {
    const { method = "", url = "" } = request;
    const own = method === "GET" || method === "HEAD" ? url.replace(/\?.*$/s, "") : "";
    if (own === "/healthz" || own === "/status.json") served(own);
    if (own === "/healthz") return json(response, 200, { status: "ok" });
    if (own === "/status.json") {
      const known = await status();
      return json(response, known === undefined ? 503 : 200, known ?? { status: "unknown" });
    }
    const given = answer(site, {
      method,
      target: url,
      acceptEncoding: header(request, "accept-encoding"),
      ifNoneMatch: request.headers["if-none-match"],
    });
    if (given.served !== undefined) served(given.served);
    send(response, given, method === "HEAD");
  }
  return server;
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
};

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" });
  // Node leaves the body out of an answer to HEAD.
  response.end(`${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, { status, headers, body }: Answer, headOnly: boolean): void {
  response.writeHead(status, headers);
  if (body === undefined || headOnly) response.end();
  else if ("text" in body) response.end(body.text);
  // A file that cannot be read ends the connection, so that half a page is never taken for a whole one.
  else pipeline(createReadStream(body.file), response, () => {});
}
