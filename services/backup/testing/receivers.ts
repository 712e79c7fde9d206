import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** One request that arrived at an HTTP receiver. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A real HTTP server on a free loopback port that notes what arrives. `answer` undefined: it never answers. */
export async function httpReceiver(
  answer: (received: Received, index: number) => Answer | undefined,
): Promise<{ readonly url: string; readonly received: Received[]; close(): Promise<void> }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const one = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
      const said = answer(one, received.push(one) - 1);
      if (said === undefined) return;
      response.writeHead(said.status, said.headers).end(said.body ?? "");
    });
  });
  return { url: await listening(server), received, close: () => closing(server) };
}

/** An address where nothing listens. */
export async function closedUrl(): Promise<string> {
  const server = createServer();
  const url = await listening(server);
  await closing(server);
  return url;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closing(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export interface Mail {
  readonly to: readonly string[];
  readonly source: string;
}

/** A real SMTP server on a free loopback port. */
export async function smtpReceiver(
  options: SMTPServerOptions,
): Promise<{ readonly port: number; readonly mails: Mail[]; readonly logins: string[]; close(): Promise<void> }> {
  const mails: Mail[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      logins.push(auth.password ?? "");
      if (auth.password === "right") done(null, { user: auth.username });
      else done(new Error(`no such login: ${auth.password}`));
    },
    onData(stream, session, done) {
      let source = "";
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        source += chunk;
      });
      stream.on("end", () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
    ...options,
  });
  // A client that refuses the certificate ends the handshake: an error of the server, and what some tests are about.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    logins,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A TCP server that does what `talk` says with each connection, and nothing else. */
export async function tcpReceiver(
  talk: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly sockets: Set<Socket>; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
