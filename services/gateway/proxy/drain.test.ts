import { createServer } from "node:http";
import { expect, test } from "vitest";
import { shutdown } from "../shutdown.ts";
import { createLogger } from "../telemetry/log.ts";
import { rawClient } from "./testing/raw-client.ts";
import { httpUpstream } from "./testing/raw-upstream.ts";
import { startProxy, type TestProxy } from "./testing/test-proxy.ts";
import { until } from "./testing/until.ts";

const stop = (proxy: TestProxy, drainTimeoutMs: number) =>
  shutdown({
    log: createLogger("silent"),
    api: proxy.server,
    metrics: createServer(),
    drain: () => undefined,
    stopRuns: () => Promise.resolve(),
    flushTelemetry: () => Promise.resolve(),
    closeUpgrades: () => proxy.upgrades.close(),
    closeConnections: () => Promise.resolve(),
    drainDelayMs: 0,
    drainTimeoutMs,
  });

test("a stop waits for answers under way and for no WebSocket", async () => {
  await using upstream = await httpUpstream((_request, response) => {
    response.write("first ");
    upstream.server.once("finish-answers", () => response.end("last"));
  });
  upstream.server.on("upgrade", (_request, socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  });
  await using proxy = await startProxy([{ target: upstream.url, websocket: true }]);
  const socket = rawClient(
    proxy.port,
    "GET /shop HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  await socket.sees("HTTP/1.1 101");
  const answer = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  await answer.sees("first");

  const stopped = stop(proxy, 20_000);
  await socket.closes();
  expect(answer.isClosed).toBe(false);
  upstream.server.emit("finish-answers");
  expect(await stopped).toBe(true);
  expect(answer.received).toMatch(/last\r\n0\r\n\r\n$/);
});

test("a stream that has no end is cut at the end of the drain, and the upstream learns it", async () => {
  await using upstream = await httpUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  });
  await using proxy = await startProxy([{ target: upstream.url }]);
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  await client.sees("data: 1");
  expect(await stop(proxy, 200)).toBe(false);
  await client.closes();
  expect(client.received).not.toContain("\r\n0\r\n");
  await until("the upstream sees the end", () => upstream.sockets.size === 0, 1_000);
});
