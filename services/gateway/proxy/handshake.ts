import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Response } from "express";
import type { Backend } from "./backend.ts";
import type { Answered } from "./breaker.ts";
import { ClientGone, UpstreamFailure, type UpstreamFailureKind } from "./failure.ts";
import { relayHead } from "./response-headers.ts";

export interface UpgradeRequest {
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** What the client sent behind its request without waiting. */
  readonly head: Buffer | undefined;
}

/** Of this connection, and therefore not among the headers that pass. */
const switching = { connection: "Upgrade", upgrade: "websocket" } as const;

/**
 * Asks the upstream for a WebSocket and joins the two connections when it agrees; any other answer goes to the client as it is.
 * @returns the status of the answer, once the connections are joined or the answer is out
 * @throws UpstreamFailure or ClientGone
 */
export function handshake(
  backend: Backend,
  response: Response,
  { path, headers, head }: UpgradeRequest,
): Promise<Answered> {
  const { upstream, origin, clock, lookup } = backend;
  const { protocol, hostname, port } = origin;
  const { socket: client } = response;
  if (!client || client.destroyed) return Promise.reject(new ClientGone("the client closed its connection"));
  return new Promise((resolve, reject) => {
    const { request } = protocol === "https:" ? https : http;
    // A connection of its own: what becomes a WebSocket never returns to the pool.
    const outgoing = request({
      protocol,
      hostname,
      port,
      path,
      lookup,
      agent: false,
      headers: { ...headers, ...switching },
    });
    const stopTimers = [
      clock.after(upstream.timeoutMs, () => fail("timeout")),
      clock.after(upstream.connectTimeoutMs, () => fail("connect-timeout")),
    ];
    let over = false;
    const end = (act: () => void) => {
      if (over) return;
      over = true;
      for (const stop of stopTimers) stop();
      client.off("close", gone).off("end", gone).off("readable", look);
      act();
    };
    const fail = (kind: UpstreamFailureKind, cause?: unknown) =>
      end(() => {
        outgoing.destroy();
        if (response.headersSent) response.destroy();
        reject(new UpstreamFailure(kind, upstream.name, cause === undefined ? {} : { cause }));
      });
    /** Answers that HTTP does not allow to be passed on are the upstream's fault, and no exception of this process. */
    const relay = (act: () => void) => {
      try {
        act();
      } catch (error) {
        fail("unreachable", error);
      }
    };
    const gone = () =>
      end(() => {
        outgoing.destroy();
        client.destroy();
        reject(new ClientGone("the client closed its connection"));
      });
    // Reads ahead into the socket's own buffer, and no further: a socket that nobody reads does not notice that its client left.
    const look = () => void client.read(0);
    client.once("close", gone).once("end", gone).on("readable", look);

    outgoing.once("socket", (socket) => {
      socket.once(protocol === "https:" ? "secureConnect" : "connect", () => stopTimers[1]?.());
    });
    outgoing.on("error", (error) => fail(response.headersSent ? "cut" : "unreachable", error));
    outgoing.once("response", (answer) => {
      answer.once("error", (error) => fail("cut", error));
      answer.once("close", () => {
        if (!answer.complete) fail("cut");
      });
      response.once("finish", () => end(() => resolve({ status: answer.statusCode ?? 502 })));
      relay(() => {
        relayHead(answer, response);
        answer.pipe(response);
      });
    });
    outgoing.once("upgrade", (answer: IncomingMessage, remote: Socket, remoteHead: Buffer) => {
      remote.on("error", () => undefined);
      if (over) {
        remote.destroy();
        return;
      }
      relay(() => {
        relayHead(answer, response, Object.entries(switching).flat());
        response.end();
        end(() => resolve({ status: 101 }));
        if (remoteHead.length > 0) remote.unshift(remoteHead);
        if (head && head.length > 0) client.unshift(head);
        join(client, remote, upstream.idleTimeoutMs);
      });
    });
    outgoing.end();
  });
}

/** Bytes both ways until one side ends; then the other gets what is still on its way, and its end. */
function join(client: Socket, remote: Socket, idleTimeoutMs: number): void {
  remote.setNoDelay(true);
  client.pipe(remote);
  remote.pipe(client);
  client.once("close", () => remote.destroySoon());
  remote.once("close", () => client.destroySoon());
  // What passes in either direction is written or read here, so one of the two sees everything.
  client.setTimeout(idleTimeoutMs, () => client.destroy());
}
