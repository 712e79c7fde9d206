import { createServer, type ServerResponse } from "node:http";

export type JwksAnswer = (response: ServerResponse) => void;

/** An identity provider's key endpoint whose answer a test can change at any moment. */
export interface JwksServer extends AsyncDisposable {
  readonly url: URL;
  /** Requests that arrived. */
  readonly requests: number;
  answer: JwksAnswer;
  /** As an outage: the port refuses. */
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export const withKeys =
  (keys: readonly object[]): JwksAnswer =>
  (response) =>
    void response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));

export async function startJwksServer(answer: JwksAnswer): Promise<JwksServer> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    running.answer(response);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address from the kernel");
  const stop = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const running: JwksServer = {
    url: new URL(`http://127.0.0.1:${address.port}/keys`),
    get requests() {
      return requests;
    },
    answer,
    stop,
    start: () => listen(address.port),
    [Symbol.asyncDispose]: stop,
  };
  return running;
}
