import { connect, createServer, type Server, type Socket } from "node:net";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { run } from "./run.ts";

/** A port of this machine's loopback that leads to a NodePort of the cluster. */
export interface PublishedPort {
  readonly host: number;
  readonly node: number;
  /** What people find there, for messages: "gateway". */
  readonly what: string;
}

export type PortStatus = PublishedPort & { readonly state: "served" | "taken" };

/** Serves the published ports. 127.0.0.1 only: nothing of a local platform is offered to the network. */
export class Ports {
  readonly #target: string;
  #wanted: readonly PublishedPort[] = [];
  readonly #open = new Map<number, { server: Server; port: PublishedPort; sockets: Set<Socket> }>();

  constructor(target: string) {
    this.#target = target;
  }

  /** All of them or, when one is taken, none of the new ones. */
  async publish(ports: readonly PublishedPort[]): Promise<void> {
    const fresh: number[] = [];
    try {
      for (const port of ports) {
        const open = this.#open.get(port.host);
        if (open?.port.node === port.node) {
          open.port = port;
          continue;
        }
        if (open) this.#close(port.host);
        await this.#listen(port);
        fresh.push(port.host);
      }
    } catch (error) {
      for (const host of fresh) this.#close(host);
      throw error;
    }
    for (const host of [...this.#open.keys()]) if (!ports.some((p) => p.host === host)) this.#close(host);
    this.#wanted = ports;
  }

  /** After a start: serve what can be served now. A port that somebody took meanwhile is tried again by the next call. */
  async resume(ports: readonly PublishedPort[]): Promise<void> {
    this.#wanted = ports;
    for (const port of ports) if (!this.#open.has(port.host)) await this.#listen(port).catch(() => {});
  }

  retry(): Promise<void> {
    return this.resume(this.#wanted);
  }

  status(): PortStatus[] {
    return this.#wanted.map((p) => ({ ...p, state: this.#open.has(p.host) ? "served" : "taken" }));
  }

  close(): void {
    for (const host of [...this.#open.keys()]) this.#close(host);
  }

  async #listen(port: PublishedPort): Promise<void> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#join(client, port.node, sockets),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: port.host }, resolve);
    }).catch(async (error: NodeJS.ErrnoException) => {
      throw error.code === "EADDRINUSE" ? await taken(port, error) : error;
    });
    this.#open.set(port.host, { server, port, sockets });
  }

  #join(client: Socket, node: number, sockets: Set<Socket>): void {
    const upstream = connect({ host: this.#target, port: node, allowHalfOpen: true, noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", (broken) => {
        sockets.delete(socket);
        // An orderly end is passed on by pipe, after the last byte; destroying the other side then would cut it short.
        if (broken) (socket === client ? upstream : client).destroy();
      });
      socket.on("error", () => socket.destroy());
    }
    client.pipe(upstream);
    upstream.pipe(client);
  }

  #close(host: number): void {
    const open = this.#open.get(host);
    this.#open.delete(host);
    open?.server.close();
    for (const socket of open?.sockets ?? []) socket.destroy();
  }
}

async function taken(port: PublishedPort, cause: Error): Promise<GoliveError> {
  const holder = await run("ss", ["-Hltnp", `sport = :${port.host}`]).then(
    ({ stdout }) => holderIn(stdout),
    () => undefined,
  );
  return new GoliveError(
    "PORT_TAKEN",
    `port ${port.host} for ${port.what} is taken${holder ? ` by ${holder}` : ""}`,
    `Stop that program (\`ss -ltnp 'sport = :${port.host}'\` shows it) and run the same command again.`,
    { cause },
  );
}

/** Name and number of the first process in the output of `ss -ltnp`. */
export function holderIn(listing: string): string | undefined {
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(listing);
  return match ? `${match[1]} (process ${match[2]})` : undefined;
}
