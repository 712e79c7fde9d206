import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { siteServer } from "./server.ts";
import { readSite } from "./site-files.ts";
import type { AskStatus } from "./status-cache.ts";

export interface ServedSite extends AsyncDisposable {
  readonly url: string;
  /** As a cluster does that is down: no answer at all. */
  stop(): Promise<void>;
}

/** A built site behind the server of the image, on a free port. */
export async function serveSite(folder: string, status: AskStatus = async () => undefined): Promise<ServedSite> {
  const server = siteServer({ site: readSite(folder), status, hsts: false, log: () => {} });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, stop, [Symbol.asyncDispose]: stop };
}
