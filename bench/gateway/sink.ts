import { createServer } from "node:http";

/** A collector that takes everything and keeps nothing. */
export interface Sink extends AsyncDisposable {
  readonly endpoint: string;
  /** Bytes of spans that arrived. */
  readonly bytes: number;
}

export async function startSink(): Promise<Sink> {
  let bytes = 0;
  const server = createServer(async (request, response) => {
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address from the kernel");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    get bytes() {
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
