import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { context, propagation, ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from "express";
import { principalOf } from "../auth/principal.ts";
import { unknownAddress } from "../http/error-handler.ts";
import { Problem } from "../http/problems.ts";
import { unsampledIds } from "../telemetry/sample-first.ts";
import { withSpan } from "../telemetry/with-span.ts";
import type { Backend } from "./backend.ts";
import { handshake } from "./handshake.ts";
import { forwardPath } from "./path.ts";
import { isUnder } from "./prefix.ts";
import { forwardedFacts, requestHeaders } from "./request-headers.ts";
import { type Authorize, observed, routesTo } from "./routes.ts";
import { addTrace } from "./trace-headers.ts";

/** From the end of a socket's own sides to its being cut, when the replica stops. */
const closeMs = 1_000;

export interface UpgradeParts {
  readonly authorize: Authorize;
  /** As `https://app.example`. Pages of these and of the gateway's own address may open WebSockets; so may clients without pages. */
  readonly allowedOrigins: readonly string[];
  /** The value of express' `trust proxy`, as the rest of the gateway has it. */
  readonly trustProxy: unknown;
  /** What comes before the routes of ordinary requests and is meant for these too: access log, limits, authentication. */
  readonly before: readonly RequestHandler[];
  readonly onError: ErrorRequestHandler;
}

/** WebSockets on their way to upstreams. */
export interface UpgradeHandler {
  /** Subscribes to the server's `upgrade` event; upgrades that no upstream takes stay ordinary requests. */
  attach(server: Server): void;
  /** Refuses new ones, ends the open ones. Resolves when none is left. `server.close` waits for them and cannot end them itself. */
  close(): Promise<void>;
  /** Sockets that are open. */
  readonly open: number;
}

/** Upgrades meet the same chain as requests do, so that no guard can be forgotten here. */
export function upgradeHandler(backends: readonly Backend[], parts: UpgradeParts): UpgradeHandler {
  const takers = backends.filter(({ upstream }) => upstream.websocket);
  const heads = new WeakMap<IncomingMessage, Buffer>();
  const sockets = new OpenSockets();

  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", parts.trustProxy);
  app.use(...parts.before, (_request, _response, next) => next());
  app.use(
    routesTo(takers, (backend) => async (request, response) => {
      if (sockets.isClosing) {
        throw new Problem("upstream-unavailable", "this replica is stopping", { headers: { "retry-after": "1" } });
      }
      requireOrigin(request, parts.allowedOrigins);
      await parts.authorize(request, response, backend.upstream.access);
      const path = forwardPath(backend.upstream, request);
      await observed(backend, response, () => open(backend, request, response, path));
    }),
    unknownAddress,
    parts.onError,
  );

  async function open(backend: Backend, request: Request, response: Response, path: string) {
    const { upstream, origin } = backend;
    const facts = forwardedFacts(request, principalOf(response));
    const { forwardAuthorization } = upstream;
    const headers = requestHeaders(request.headers, facts, { targetHost: origin.host, forwardAuthorization });
    addTrace(headers);
    const leave = backend.enterSocket();
    const { socket } = request;
    try {
      const { status } = await backend.breaker.run(() =>
        handshake(backend, response, { path: origin.basePath + path, headers, head: heads.get(request) }),
      );
      if (status !== 101) leave();
      else sockets.add(backend, socket, leave);
      return status >= 500 ? ("failed" as const) : ("ok" as const);
    } catch (error) {
      leave();
      throw error;
    }
  }

  const isTaken = (request: IncomingMessage): boolean => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const wanted = request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
    return wanted && takers.some(({ upstream }) => isUnder(upstream.prefix, path));
  };

  return {
    attach(server) {
      // Without this a server that listens to upgrades takes all of them, such as the h2c that curl offers with every request.
      Object.assign(server, { shouldUpgradeCallback: isTaken });
      server.on("upgrade", (request, socket, head) => {
        heads.set(request, head);
        traced(request, responseOn(request, socket), (response) => app(request, response));
      });
    },
    close: () => sockets.close(),
    get open() {
      return sockets.count;
    },
  };
}

/** A response to write on, which the server no longer makes for a socket that it has given away. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  // Its errors are followed by its close, which is what everybody here waits for.
  socket.on("error", () => undefined);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Servers give away what they accepted, which is a socket.
  response.assignSocket(socket as Socket);
  response.once("finish", () => {
    response.detachSocket(socket as Socket);
    if (response.statusCode !== 101) (socket as Socket).destroySoon();
    response.emit("close");
  });
  return response;
}

/** The http instrumentation sees requests only; this is the span that it would have made. */
function traced(request: IncomingMessage, response: ServerResponse, serve: (response: ServerResponse) => void): void {
  if (unsampledIds() !== undefined) {
    serve(response);
    return;
  }
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  const work = () =>
    new Promise<void>((resolve) => {
      response.once("close", resolve);
      serve(response);
    });
  void context.with(parent, () => withSpan("GET WebSocket", { kind: SpanKind.SERVER }, work));
}

/** Browsers let any page open a WebSocket to anywhere, with the user's cookies; only this header tells whose page it is. */
function requireOrigin(request: Request, allowed: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return;
  const own = request.host;
  if (own && URL.parse(origin)?.host === own.toLowerCase()) return;
  throw new Problem("csrf-refused", "pages of this origin may not open WebSockets here");
}

class OpenSockets {
  readonly #open = new Map<Socket, Backend>();
  #closing = false;

  get count(): number {
    return this.#open.size;
  }

  add(backend: Backend, socket: Socket, leave: () => void): void {
    const gone = () => {
      this.#open.delete(socket);
      leave();
      this.#tell(backend);
    };
    if (socket.destroyed) {
      leave();
      return;
    }
    this.#open.set(socket, backend);
    this.#tell(backend);
    socket.once("close", gone);
    // Its handshake was under way when the end of all others began.
    if (this.#closing) socket.destroySoon();
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const closed = [...this.#open.keys()].map(
      (socket) =>
        new Promise<void>((resolve) => {
          const cut = setTimeout(() => socket.destroy(), closeMs);
          socket.once("close", () => {
            clearTimeout(cut);
            resolve();
          });
          socket.destroySoon();
        }),
    );
    await Promise.all(closed);
  }

  #tell(backend: Backend): void {
    const open = [...this.#open.values()].filter((other) => other === backend).length;
    backend.metrics.socketsAre(backend.upstream.name, open);
  }
}
