import { expect, test } from "vitest";
import { rawClient } from "./testing/raw-client.ts";
import { httpUpstream, rawUpstream } from "./testing/raw-upstream.ts";
import { startProxy, type TestProxy } from "./testing/test-proxy.ts";
import { until } from "./testing/until.ts";

const openConnections = (proxy: TestProxy) =>
  new Promise<number>((resolve, reject) =>
    proxy.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

const goneCount = (proxy: TestProxy) =>
  proxy.sample('http_client_request_duration_seconds_count{upstream="shop",outcome="client-gone"}');

test("a client that leaves takes its request to the upstream along within a tenth of a second", async () => {
  await using upstream = await rawUpstream(() => undefined);
  await using proxy = await startProxy([{ target: upstream.url, breaker: { minRequests: 1 } }]);
  const leave = async () => {
    const index = upstream.received.length;
    const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
    await until("the request is with the upstream", () => upstream.received[index]?.includes("\r\n\r\n") ?? false);
    const [socket] = upstream.sockets;
    const closed = new Promise<number>((resolve) => socket?.once("close", () => resolve(performance.now())));
    const leftAt = performance.now();
    client.socket.destroy();
    return (await closed) - leftAt;
  };
  // A machine that does ten other things may be late by itself, but not every time.
  let clients = 0;
  await until("a client whose upstream learned it in time", async () => {
    clients += 1;
    return (await leave()) < 100;
  });

  await until("the access lines", () => proxy.lines.filter(({ message }) => message === "request").length === clients);
  expect(proxy.lines.find(({ message }) => message === "request")).toMatchObject({ status: 499, level: "info" });
  expect(proxy.lines.filter(({ level }) => level === "error")).toEqual([]);
  expect(upstream.connections).toBe(clients);
  expect(await goneCount(proxy)).toBe(clients);
  expect(await proxy.sample('circuit_breaker_state{upstream="shop"}')).toBe(0);
});

test.each([
  ["sends its body", "POST /shop HTTP/1.1\r\nHost: g\r\nContent-Length: 1000\r\n\r\nx"],
  ["reads its answer", "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n"],
])("a client that %s too slowly does not speak against the upstream", async (_what, request) => {
  await using upstream = await httpUpstream((incoming, response) => {
    if (incoming.method === "GET") response.end(Buffer.alloc(50_000_000));
  });
  const breaker = { minRequests: 1, halfOpenAfterMs: 60_000 };
  await using proxy = await startProxy([{ target: upstream.url, timeoutMs: 500, connectTimeoutMs: 500, breaker }]);
  const client = rawClient(proxy.port, request);
  if (request.startsWith("GET")) client.socket.pause();
  await until(
    "the time is over",
    async () =>
      (await proxy.sample('http_client_request_duration_seconds_count{upstream="shop",outcome="slow-client"}')) === 1,
  );
  expect(await proxy.sample('circuit_breaker_state{upstream="shop"}')).toBe(0);
  await until("the upstream sees the end", () => upstream.sockets.size === 0);
  client.socket.destroy();
});

test("a client that leaves in the middle of its answer ends it at the upstream", async () => {
  await using upstream = await httpUpstream((_request, response) => {
    const flow = setInterval(() => response.write("x".repeat(1_000)), 5);
    response.once("close", () => clearInterval(flow));
  });
  await using proxy = await startProxy([{ target: upstream.url }]);
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  await client.sees("xxx");
  client.socket.destroy();
  await until("the upstream sees the end", () => upstream.sockets.size === 0, 1_000);
  expect(proxy.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("a client that leaves before anything was sent costs the upstream nothing", async () => {
  await using upstream = await rawUpstream(() => undefined);
  const lookup = () => undefined;
  await using proxy = await startProxy([{ target: "http://slow-name.example" }], { lookup });
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  await until("the request is in the proxy", async () => (await proxy.sample("http_server_active_requests")) === 1);
  client.socket.destroy();
  await until("it has ended", async () => (await goneCount(proxy)) === 1, 1_000);
  expect(upstream.connections).toBe(0);
});

test("300 uploads that break off leave no connection behind", { timeout: 60_000 }, async () => {
  let begun = 0;
  await using upstream = await httpUpstream((request) => {
    begun += 1;
    request.on("error", () => undefined).resume();
  });
  await using proxy = await startProxy([{ target: upstream.url, maxConnections: 300 }]);
  for (let round = 0; round < 10; round++) {
    const clients = Array.from({ length: 30 }, (_, i) =>
      rawClient(
        proxy.port,
        i % 2
          ? `POST /shop HTTP/1.1\r\nHost: g\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(50_000)}`
          : `POST /shop HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n${"x".repeat(16)}\r\n`,
      ),
    );
    await until("all uploads are with the upstream", () => begun === (round + 1) * 30);
    for (const [i, { socket }] of clients.entries()) {
      if (i % 3) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
  await until("the upstream has no connection left", () => upstream.sockets.size === 0);
  await until("the proxy has no connection left", async () => (await openConnections(proxy)) === 0);
  expect(await goneCount(proxy)).toBe(300);
  const [backend] = proxy.backends;
  expect(Object.keys(backend?.agent.sockets ?? { none: 1 })).toEqual([]);
  expect(Object.keys(backend?.agent.requests ?? { none: 1 })).toEqual([]);
});
