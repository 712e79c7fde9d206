import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Something that plays a service behind the gateway. */
export interface TestUpstream extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections there ever were. */
  readonly connections: number;
  /** What came over each connection, in the order of connecting; only of raw upstreams. */
  readonly received: readonly string[];
}

/** Answers with bytes, or with nothing: `act` is called for each piece that comes over a connection. */
export async function rawUpstream(act: (socket: Socket, receivedSoFar: string) => void): Promise<TestUpstream> {
  const received: string[] = [];
  const server = createServer((socket) => {
    const index = received.push("") - 1;
    socket.on("data", (chunk) => {
      const soFar = received[index] + chunk.toString("latin1");
      received[index] = soFar;
      act(socket, soFar);
    });
  });
  return listening(server, received);
}

export async function httpUpstream(listener: RequestListener): Promise<TestUpstream & { readonly server: HttpServer }> {
  const server = createHttpServer(listener);
  return Object.assign(await listening(server, []), { server });
}

/** A port of this machine on which nothing listens. */
export async function closedPort(): Promise<number> {
  const upstream = await rawUpstream(() => undefined);
  await upstream[Symbol.asyncDispose]();
  return upstream.port;
}

async function listening(server: Server, received: readonly string[]): Promise<TestUpstream> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    sockets,
    received,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
