import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiServer, listen } from "./listeners.ts";
import { rawClient } from "./proxy/testing/raw-client.ts";

/** Clients that are slow or endless, at the listener itself; what is wrong with a body is in app.test.ts. */
describe("fault 35: the public listener", { timeout: 60_000 }, () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = apiServer((request, response) => {
      request.resume();
      request.once("end", () => response.end("ok"));
    });
    port = await listen(server, 0);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("fault 35: headers that come drop by drop end with 408", async () => {
    const client = rawClient(port, "GET / HTTP/1.1\r\n");
    const drip = setInterval(() => client.socket.writable && client.socket.write("x: y\r\n"), 500);
    try {
      await client.closes(20_000);
    } finally {
      clearInterval(drip);
    }
    expect(client.received).toMatch(/^HTTP\/1.1 408 /);
  });

  test("fault 35: a megabyte of headers ends with 431 after the first sixteen kilobytes", async () => {
    const client = rawClient(port, `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(1_000_000)}\r\n\r\n`);
    await client.closes();
    expect(client.received).toMatch(/^HTTP\/1.1 431 /);
  });

  test("fault 35: bytes that are no HTTP end with 400", async () => {
    const client = rawClient(port, "\x16\x03\x01\x02\x00 hello\r\n\r\n");
    await client.closes();
    expect(client.received).toMatch(/^HTTP\/1.1 400 /);
  });

  test("fault 35: slow clients do not hold up others", async () => {
    const slow = Array.from({ length: 200 }, () => rawClient(port, "GET / HTTP/1.1\r\n"));
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toBe("ok");
    expect(performance.now() - started).toBeLessThan(5_000);
    for (const { socket } of slow) socket.destroy();
  });
});
