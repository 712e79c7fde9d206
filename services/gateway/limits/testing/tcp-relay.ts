import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server: an address that can lead elsewhere, slow down or fall silent. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly accepted: number;
  /** For connections to come; those that are open stay where they are. */
  leadTo(port: number | undefined): void;
  /** Answers arrive this much later. */
  delayAnswers(ms: number): void;
}

/** @param target undefined: connections are taken, and nothing ever answers */
export async function startTcpRelay(target?: number): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  let port = target;
  let delayMs = 0;
  let accepted = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    accepted += 1;
    keep(client);
    if (port === undefined) return void client.resume();
    const upstream = connect(port, "127.0.0.1");
    keep(upstream);
    client.pipe(upstream);
    upstream.on("data", (chunk: Buffer) => {
      if (delayMs === 0) client.write(chunk);
      else setTimeout(() => client.destroyed || client.write(chunk), delayMs).unref();
    });
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    leadTo: (next) => {
      port = next;
    },
    delayAnswers: (ms) => {
      delayMs = ms;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
