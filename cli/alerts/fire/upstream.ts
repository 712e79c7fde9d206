import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A service behind the gateway that answers as its address asks: `/fail` with 500, `/slow/<ms>` later, all else at once. */
export interface DrillUpstream {
  /** For UPSTREAMS of the gateway. */
  readonly setting: string;
  stop(): Promise<void>;
}

/** Where the gateway has it. */
export const upstreamPrefix = "/drill";

export async function startUpstream(): Promise<DrillUpstream> {
  const stopping = new AbortController();
  const server = createServer(async (request, response) => {
    request.resume();
    const [, , what = "", ms] = (request.url ?? "").split("/");
    if (what === "slow") {
      await delay(Number(ms), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    response.writeHead(what === "fail" ? 500 : 200, { "content-type": "text/plain" }).end(what);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address from the kernel");
  const target = `http://127.0.0.1:${address.port}`;
  return {
    setting: JSON.stringify([{ name: "drill", prefix: upstreamPrefix, target, access: "public" }]),
    async stop() {
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
