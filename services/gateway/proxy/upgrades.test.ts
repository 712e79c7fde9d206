import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { rawClient } from "./testing/raw-client.ts";
import { closedPort, rawUpstream } from "./testing/raw-upstream.ts";
import { startProxy, type TestProxy } from "./testing/test-proxy.ts";
import { until } from "./testing/until.ts";

const upgrade = (path: string, headers = "") =>
  `GET ${path} HTTP/1.1\r\nHost: gateway.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;

describe("WebSockets", { timeout: 60_000 }, () => {
  let server: Server;
  let upstream: WebSocketServer;
  let target: string;
  const handshakes: Record<string, unknown>[] = [];
  const connections = new Set<Socket>();

  beforeEach(async () => {
    handshakes.length = 0;
    server = createServer((_request, response) => response.end("plain"));
    server.on("connection", (socket) => {
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
    });
    upstream = new WebSocketServer({ server });
    upstream.on("connection", (socket, request) => {
      handshakes.push({ url: request.url, ...request.headers });
      socket.on("message", (data: RawData, isBinary: boolean) => socket.send(data, { binary: isBinary }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    target = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterEach(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of connections) socket.destroy();
    await closed;
  });

  const opened = (socket: WebSocket) =>
    new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const answer = (socket: WebSocket) =>
    new Promise<string>((resolve) => socket.once("message", (data) => resolve(data.toString())));
  const count = (proxy: TestProxy) => proxy.sample('upstream_websockets{upstream="shop"}');

  test("the very first request of a server may be one; messages pass both ways", async () => {
    await using proxy = await startProxy([{ target, websocket: true, stripPrefix: true }]);
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/shop/live?x=1`);
    await opened(socket);
    const echoed = answer(socket);
    socket.send("x".repeat(200_000));
    expect(await echoed).toHaveLength(200_000);
    expect(handshakes).toEqual([
      expect.objectContaining({ url: "/live?x=1", host: target.slice(7), "x-forwarded-for": "127.0.0.1" }),
    ]);
    expect(proxy.upgrades.open).toBe(1);
    expect(await count(proxy)).toBe(1);
    expect(proxy.lines.find(({ message }) => message === "request")).toMatchObject({ status: 101 });
    socket.close();
    await until("the socket is no longer counted", async () => (await count(proxy)) === 0);
    await until("the upstream sees the end", () => connections.size === 0);
  });

  test("what the client sends right behind its handshake is not lost", async () => {
    let seen = "";
    await using raw = await rawUpstream((socket, soFar) => {
      if (soFar.includes("\r\n\r\n") && !seen)
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Odd: 1\r\n\r\nhello",
        );
      seen = soFar;
    });
    await using proxy = await startProxy([{ target: raw.url, websocket: true }]);
    const client = rawClient(
      proxy.port,
      `${upgrade("/shop", "X-Golive-User: root\r\nConnection: X-S\r\nX-S: 1\r\n")}early`,
    );
    await client.sees("hello");
    await until("the early bytes", () => seen.endsWith("early"));
    expect(client.received).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(client.received).toContain("X-Odd: 1\r\n");
    expect(client.received).toMatch(/\r\nconnection: Upgrade\r\nupgrade: websocket\r\n/);
    expect(raw.received[0]).toMatch(/\r\nconnection: Upgrade\r\nupgrade: websocket\r\n/);
    expect(raw.received[0]).not.toMatch(/golive|x-s:/i);
    client.socket.destroy();
    await until("the upstream sees the end", () => raw.sockets.size === 0, 1_000);
  });

  test("what the client sends while its handshake is under way is not lost", async () => {
    let accept: () => void = () => undefined;
    let bytes = 0;
    await using raw = await rawUpstream((socket, soFar) => {
      bytes = soFar.length - soFar.indexOf("\r\n\r\n") - 4;
      accept = () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    });
    await using proxy = await startProxy([{ target: raw.url, websocket: true }]);
    const client = rawClient(proxy.port, upgrade("/shop"));
    await until("the handshake is with the upstream", () => raw.received[0]?.includes("\r\n\r\n") ?? false);
    client.socket.write(Buffer.alloc(1_000_000, "x"));
    await new Promise((resolve) => setImmediate(resolve));
    accept();
    await until("all bytes are with the upstream", () => bytes === 1_000_000);
    client.socket.destroy();
  });

  test.each([
    ["without a token", "", 401, "unauthenticated"],
    ["with too small a role", "Authorization: Bearer viewer\r\n", 403, "forbidden"],
    ["of a foreign page", "Authorization: Bearer admin\r\nOrigin: https://evil.example\r\n", 403, "csrf-refused"],
    ["of a page of nowhere", "Authorization: Bearer admin\r\nOrigin: null\r\n", 403, "csrf-refused"],
    [
      "of a name that begins alike",
      "Authorization: Bearer admin\r\nOrigin: https://app.example.evil\r\n",
      403,
      "csrf-refused",
    ],
  ])("an upgrade %s is refused before the upstream sees anything", async (_how, headers, status, type) => {
    await using raw = await rawUpstream(() => undefined);
    await using proxy = await startProxy([{ target: raw.url, websocket: true, access: "admin" }], {
      allowedOrigins: ["https://app.example"],
    });
    for (const path of ["/shop", "/shop/", "/shop?x", "/shop/a//b"]) {
      const client = rawClient(proxy.port, upgrade(path, headers));
      await client.closes();
      expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(client.received).toContain(`urn:golive:problem:${type}`);
    }
    expect(raw.connections).toBe(0);
    await until("the access lines", () => proxy.lines.filter(({ message }) => message === "request").length === 4);
  });

  test.each(["https://app.example", "http://gateway.example", undefined])("origin %s may", async (origin) => {
    await using proxy = await startProxy([{ target, websocket: true, access: "admin" }], {
      allowedOrigins: ["https://app.example"],
    });
    const headers = `Authorization: Bearer admin\r\n${origin ? `Origin: ${origin}\r\n` : ""}`;
    const client = rawClient(proxy.port, upgrade("/shop", headers));
    await client.sees("HTTP/1.1 101");
    expect(handshakes).toEqual([expect.objectContaining({ "x-golive-user": "user%20of%20admin" })]);
    client.socket.destroy();
  });

  test("an upgrade that nobody offers stays an ordinary request", async () => {
    await using proxy = await startProxy([
      { target, websocket: true },
      { name: "plain", prefix: "/plain", target, access: "viewer" },
    ]);
    const close = (text: string) => text.replace("keep-alive, Upgrade", "close, Upgrade");
    for (const [request, status] of [
      [close(upgrade("/nothing")), 404],
      [close(upgrade("/plain")), 401],
      [close(upgrade("/SHOP")), 404],
      [close(upgrade("/plain", "Authorization: Bearer viewer\r\n")), 200],
      [close(upgrade("/shop")).replace("Upgrade: websocket", "Upgrade: h2c"), 200],
    ] as const) {
      const client = rawClient(proxy.port, request);
      await client.closes();
      expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
    expect(handshakes).toEqual([]);
  });

  test("an upstream that says no is heard", async () => {
    await using raw = await rawUpstream((socket) =>
      socket.end("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 14\r\nContent-Length: 2\r\n\r\nno"),
    );
    await using proxy = await startProxy([{ target: raw.url, websocket: true }]);
    const client = rawClient(proxy.port, upgrade("/shop"));
    await client.closes();
    expect(client.received).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n.*Version: 14\r\n.*\r\n\r\nno$/s);
    expect(proxy.upgrades.open).toBe(0);
  });

  test("upstreams that are dead or silent are problems, and open the breaker", async () => {
    await using silent = await rawUpstream(() => undefined);
    await using proxy = await startProxy([
      {
        target: `http://127.0.0.1:${await closedPort()}`,
        websocket: true,
        breaker: { minRequests: 1, halfOpenAfterMs: 60_000 },
      },
      { name: "mute", prefix: "/mute", target: silent.url, websocket: true, timeoutMs: 200, connectTimeoutMs: 200 },
    ]);
    for (const [path, status] of [
      ["/shop", 502],
      ["/shop", 503],
      ["/mute", 504],
    ] as const) {
      const client = rawClient(proxy.port, upgrade(path));
      await client.closes();
      expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(client.received).toContain("application/problem+json");
    }
    await until("the silent upstream is let go", () => silent.sockets.size === 0);
  });

  test("a client that leaves during the handshake ends it", async () => {
    await using raw = await rawUpstream(() => undefined);
    await using proxy = await startProxy([{ target: raw.url, websocket: true }]);
    const client = rawClient(proxy.port, upgrade("/shop"));
    await until("the handshake is with the upstream", () => raw.received[0]?.includes("\r\n\r\n") ?? false);
    client.socket.destroy();
    await until("the upstream sees the end", () => raw.sockets.size === 0, 1_000);
    await until("the access line", () => proxy.lines.some((line) => line["status"] === 499));
    expect(proxy.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("a socket on which nothing happens is ended", async () => {
    await using proxy = await startProxy([{ target, websocket: true, idleTimeoutMs: 300 }]);
    const client = rawClient(proxy.port, upgrade("/shop"));
    await client.sees("HTTP/1.1 101");
    await client.closes(5_000);
    await until("the upstream sees the end", () => connections.size === 0);
  });

  test("an upstream that dies ends its clients' sockets", async () => {
    await using proxy = await startProxy([{ target, websocket: true }]);
    const client = rawClient(proxy.port, upgrade("/shop"));
    await client.sees("HTTP/1.1 101");
    for (const socket of connections) socket.resetAndDestroy();
    await client.closes(2_000);
    expect(proxy.upgrades.open).toBe(0);
  });

  test("there is an end to how many there may be", async () => {
    await using proxy = await startProxy([{ target, websocket: true, maxConnections: 1 }]);
    const first = rawClient(proxy.port, upgrade("/shop"));
    await first.sees("HTTP/1.1 101");
    const second = rawClient(proxy.port, upgrade("/shop"));
    await second.closes();
    expect(second.received).toMatch(/^HTTP\/1\.1 503 /);
    expect((await fetch(`${proxy.url}/shop`)).status).toBe(200);
    first.socket.destroy();
  });

  test("at the end of the process all are closed and new ones refused, so that the server can close", async () => {
    await using proxy = await startProxy([{ target, websocket: true }]);
    const clients = Array.from({ length: 5 }, () => rawClient(proxy.port, upgrade("/shop")));
    for (const client of clients) await client.sees("HTTP/1.1 101");
    // One that would never close by itself.
    clients[0]?.socket.pause();
    await proxy.upgrades.close();
    expect(proxy.upgrades.open).toBe(0);
    const late = rawClient(proxy.port, upgrade("/shop"));
    await late.closes();
    expect(late.received).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1/is);
    await until("the upstream sees the end", () => connections.size === 0);
  });
});
