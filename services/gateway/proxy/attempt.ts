import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Request, Response } from "express";
import { createProxyMiddleware } from "http-proxy-middleware";
import type { Backend } from "./backend.ts";
import type { Answered } from "./breaker.ts";
import { ClientGone, UpstreamFailure, type UpstreamFailureKind } from "./failure.ts";
import { relayHead } from "./response-headers.ts";

/** Sends a request to its upstream once and relays what comes back. */
export type Send = (
  backend: Backend,
  request: Request,
  response: Response,
  path: string,
  onStream: () => void,
) => Attempt;

/**
 * The proxy library does the piping both ways; what happens when is decided by the attempt that the request belongs to. One for all
 * upstreams: each would subscribe to the server's end.
 */
export function sender(): Send {
  const attempts = new WeakMap<IncomingMessage, Attempt>();
  const proxy = createProxyMiddleware<Request, Response>({
    router: (request, _response, options) => {
      const attempt = attempts.get(request);
      options.agent = attempt?.agent;
      return attempt?.destination ?? "";
    },
    ignorePath: true,
    selfHandleResponse: true,
    // The default ones log every request to the console and answer errors with the host's name.
    ejectPlugins: true,
    plugins: [
      (server) => {
        server.on("proxyReq", (outgoing, request) => attempts.get(request)?.began(outgoing));
        server.on("proxyRes", (answer, request) => attempts.get(request)?.answered(answer));
        server.on("error", (error, request) => request && attempts.get(request)?.broke(error));
        server.on("econnreset", (error, request) => attempts.get(request)?.broke(error));
      },
    ],
  });
  return (backend, request, response, path, onStream) => {
    const attempt = new Attempt(backend, request, response, path, onStream);
    attempts.set(request, attempt);
    const broke = (error: unknown) => attempt.broke(error);
    proxy(request, response, broke).catch(broke);
    return attempt;
  };
}

/** From the request's way to the upstream to the last byte of the answer. */
export class Attempt {
  readonly agent: Agent;
  /** A plain object: a URL would write the path anew, and signatures are made over its bytes. */
  readonly destination: { protocol: string; hostname: string; port: number; pathname: string };
  /** What the breaker learns: the whole answer, or its head where the body has no foreseeable end. */
  readonly verdict: Promise<Answered>;
  /** Until the last byte is with the client. @throws UpstreamFailure or ClientGone */
  readonly end: Promise<Answered>;
  readonly #backend: Backend;
  readonly #request: Request;
  readonly #response: Response;
  readonly #onStream: () => void;
  readonly #verdict = Promise.withResolvers<Answered>();
  readonly #end = Promise.withResolvers<Answered>();
  readonly #isProbe: boolean;
  #outgoing: ClientRequest | undefined;
  #answer: IncomingMessage | undefined;
  #over = false;
  #stopConnectTimer: () => void = () => undefined;
  #stopIdleTimer: () => void = () => undefined;

  constructor(backend: Backend, request: Request, response: Response, path: string, onStream: () => void) {
    this.#backend = backend;
    this.#request = request;
    this.#response = response;
    const { protocol, hostname, port, basePath } = backend.origin;
    this.agent = backend.agent;
    this.destination = { protocol, hostname, port, pathname: basePath + path };
    this.#onStream = onStream;
    this.#isProbe = backend.breaker.state === "half-open";
    this.verdict = this.#verdict.promise;
    this.end = this.#end.promise;
    // Both are awaited, but one after the other.
    this.verdict.catch(() => undefined);
    this.end.catch(() => undefined);
    response.once("finish", this.#finished);
    response.once("close", this.#closed);
  }

  /** The time of the whole request is over. It is the fault of the side that the other waits for. */
  expire(): void {
    const upstreamTakes = !this.#outgoing?.writableNeedDrain;
    const isClientSlow = this.#answer
      ? this.#response.writableNeedDrain
      : this.#outgoing !== undefined && upstreamTakes && !this.#request.complete;
    this.#fail(isClientSlow ? "slow-client" : "timeout");
  }

  /** The request has its connection, which may still be on its way. */
  began(outgoing: ClientRequest): void {
    this.#outgoing = outgoing;
    if (this.#over) return void outgoing.destroy();
    outgoing.once("close", () => {
      // Some ends come without an error, such as a switch of protocols that nobody asked for.
      if (!this.#answer) this.#fail("unreachable");
    });
    this.#limitConnecting(outgoing);
    this.#limitBody();
  }

  answered(answer: IncomingMessage): void {
    this.#stopConnectTimer();
    this.#answer = answer;
    if (this.#over) return void answer.destroy();
    // Before the library's own listeners, which close the client's connection: from then on it would look as if the client left.
    answer.once("error", (error) => this.#fail("cut", error));
    answer.once("close", () => {
      if (!answer.complete) this.#fail("cut");
    });
    const isStream =
      this.#backend.upstream.streaming || /^text\/event-stream\b/i.test(answer.headers["content-type"] ?? "");
    if (isStream) {
      this.#onStream();
      this.#limitIdleness(answer);
    }
    if (isStream || this.#isProbe) this.#verdict.resolve({ status: this.#status });
    try {
      relayHead(answer, this.#response);
    } catch (error) {
      this.#fail("unreachable", error);
    }
    if (!this.#over) answer.pipe(this.#response);
  }

  /** An error of either connection. */
  broke(error: unknown): void {
    if (error instanceof UpstreamFailure) this.#settle(error);
    // The client's connection fails the request's stream as well; only its end tells the two apart.
    else if (this.#request.socket.destroyed) this.#closed();
    else this.#fail(this.#kindOf(error), error);
  }

  #kindOf(error: unknown): UpstreamFailureKind {
    if (this.#answer) return "cut";
    if (!this.#outgoing) return "unsendable";
    const isReset =
      error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
    return this.#outgoing.reusedSocket && isReset ? "stale" : "unreachable";
  }

  get #status(): number {
    return this.#answer?.statusCode ?? 502;
  }

  readonly #finished = (): void => {
    if (this.#over) return;
    this.#release();
    this.#verdict.resolve({ status: this.#status });
    this.#end.resolve({ status: this.#status });
  };

  readonly #closed = (): void => {
    if (!this.#response.writableFinished) this.#settle(new ClientGone("the client closed its connection"));
  };

  #fail(kind: UpstreamFailureKind, cause?: unknown): void {
    this.#settle(new UpstreamFailure(kind, this.#backend.upstream.name, cause === undefined ? {} : { cause }));
  }

  #settle(error: Error): void {
    if (this.#over) return;
    this.#release();
    this.#verdict.reject(error);
    this.#end.reject(error);
    this.#outgoing?.destroy();
    // With a part of the answer out, only a broken connection tells the client that the rest will not come.
    if (this.#response.headersSent) return void this.#response.destroy();
    // What is left of the body is read and thrown away, so that the connection can carry the answer and the next request.
    this.#request.unpipe();
    this.#request.resume();
  }

  #release(): void {
    this.#over = true;
    this.#stopConnectTimer();
    this.#stopIdleTimer();
    this.#request.off("data", this.#count);
    this.#response.off("finish", this.#finished);
    this.#response.off("close", this.#closed);
  }

  #limitConnecting(outgoing: ClientRequest): void {
    const { socket } = outgoing;
    if (!socket?.connecting) return;
    const { clock, upstream, origin } = this.#backend;
    this.#stopConnectTimer = clock.after(upstream.connectTimeoutMs, () => this.#fail("connect-timeout"));
    socket.once(origin.protocol === "https:" ? "secureConnect" : "connect", () => this.#stopConnectTimer());
  }

  /** A length is checked before; a body in chunks shows its size only as it comes. */
  #limitBody(): void {
    if (this.#request.headers["transfer-encoding"] !== undefined) this.#request.on("data", this.#count);
  }

  #received = 0;
  readonly #count = (chunk: Buffer): void => {
    this.#received += chunk.length;
    if (this.#received > this.#backend.upstream.maxBodyBytes) this.#fail("too-large");
  };

  #limitIdleness(answer: IncomingMessage): void {
    const { clock, upstream } = this.#backend;
    let lastByteAt = clock.now();
    answer.on("data", () => {
      lastByteAt = clock.now();
    });
    const watch = (ms: number) => {
      this.#stopIdleTimer = clock.after(ms, () => {
        const left = lastByteAt + upstream.idleTimeoutMs - clock.now();
        if (left > 0) watch(left);
        else this.expire();
      });
    };
    watch(upstream.idleTimeoutMs);
  }
}
