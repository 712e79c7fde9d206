import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** A collector that does not do what it should. */
export interface BadCollector {
  readonly url: string;
  /** Requests, or connections where there are none, so far. */
  readonly seen: () => number;
  stop(): Promise<void>;
}

/** Nobody listens there. */
export async function refusingCollector(): Promise<BadCollector> {
  const server = createServer();
  const collector = await listening(server, () => 0);
  await collector.stop();
  return { ...collector, stop: () => Promise.resolve() };
}

/** Takes connections and bytes, and never answers. */
export async function blackHole(): Promise<BadCollector> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.resume();
  });
  return listening(server, () => connections);
}

/** Answers every request like this. */
export async function answeringCollector(answer: RequestListener): Promise<BadCollector> {
  let requests = 0;
  const server = createHttpServer((request, response) => {
    request.resume().once("end", () => {
      requests += 1;
      answer(request, response);
    });
  });
  return listening(server, () => requests);
}

async function listening(server: Server, seen: () => number): Promise<BadCollector> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
