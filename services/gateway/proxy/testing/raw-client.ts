import { connect, type Socket } from "node:net";
import { until } from "./until.ts";

/** A client that sends exactly the bytes it is given, as no HTTP library would. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything that came so far, one character a byte. */
  readonly received: string;
  readonly isClosed: boolean;
  /** Waits for text in what came. */
  sees(text: string | RegExp, limitMs?: number): Promise<void>;
  closes(limitMs?: number): Promise<void>;
}

export function rawClient(port: number, bytes: string | Buffer): RawClient {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  let isClosed = false;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
  });
  socket.write(bytes);
  return {
    socket,
    get received() {
      return received;
    },
    get isClosed() {
      return isClosed;
    },
    sees: (text, limitMs) =>
      until(
        `${text} in what the client got: ${received.slice(0, 500)}`,
        () => (typeof text === "string" ? received.includes(text) : text.test(received)),
        limitMs,
      ),
    closes: (limitMs) => until("the end of the client's connection", () => isClosed, limitMs),
  };
}
