import { createHash, createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawClient } from "./testing/raw-client.ts";
import { httpUpstream, type TestUpstream } from "./testing/raw-upstream.ts";
import { startProxy, type TestProxy } from "./testing/test-proxy.ts";
import { until } from "./testing/until.ts";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const limit = 5 * 1024 * 1024;

/** What the upstream got. */
interface Echo {
  readonly sha256: string;
  readonly bytes: number;
  readonly headers: Record<string, string>;
  readonly method: string;
}

describe("bodies on their way to the upstream", { timeout: 60_000 }, () => {
  let upstream: TestUpstream;
  let proxy: TestProxy;
  let requests = 0;
  beforeAll(async () => {
    upstream = await httpUpstream((request, response) => {
      requests += 1;
      const hash = createHash("sha256");
      let bytes = 0;
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        hash.update(chunk);
      });
      request.on("end", () => {
        const { headers, method } = request;
        response.end(JSON.stringify({ sha256: hash.digest("hex"), bytes, headers, method }));
      });
    });
    proxy = await startProxy([{ target: upstream.url, maxBodyBytes: limit }]);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  async function send(head: string, body: Buffer = Buffer.alloc(0)): Promise<{ client: string; echo: Echo }> {
    const start = Buffer.from(`${head}\r\nHost: gateway\r\nConnection: close\r\n\r\n`);
    const client = rawClient(proxy.port, Buffer.concat([start, body]));
    await client.closes();
    const json = client.received.slice(client.received.indexOf("{"), client.received.lastIndexOf("}") + 1);
    return { client: client.received, echo: JSON.parse(json) as Echo };
  }

  const json = "Content-Type: application/json; charset=utf-8";
  test.each([
    ["a bare value", json, Buffer.from("true")],
    ["a number and a key that a parser would write otherwise", json, Buffer.from('{"a":1.0,"a":2}')],
    ["a form", "Content-Type: application/x-www-form-urlencoded", Buffer.from("a=1&a=2&b=%20+")],
    ["a compressed body", "Content-Type: application/json\r\nContent-Encoding: gzip", gzipSync('{"a":1}')],
    ["bytes that are no text", "Content-Type: application/octet-stream", Buffer.from([0, 255, 13, 10, 13, 10, 128])],
    ["as much as is allowed", "Content-Type: application/octet-stream", Buffer.alloc(limit, "x")],
  ])("%s arrives byte by byte", async (_what, type, body) => {
    const { echo } = await send(`POST /shop/x HTTP/1.1\r\n${type}\r\nContent-Length: ${body.length}`, body);
    expect(echo).toMatchObject({ sha256: sha256(body), bytes: body.length, method: "POST" });
    expect(echo.headers["content-length"]).toBe(String(body.length));
    expect(echo.headers["transfer-encoding"]).toBeUndefined();
  });

  test.each(["POST", "PUT", "DELETE", "GET", "OPTIONS"])(
    "a %s in chunks arrives whole, as one request",
    async (method) => {
      const before = requests;
      const smuggled = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
      const chunks = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n3\r\nend\r\n0\r\n\r\n`;
      const { echo } = await send(`${method} /shop HTTP/1.1\r\nTransfer-Encoding: chunked`, Buffer.from(chunks));
      expect(echo).toMatchObject({ method, sha256: sha256(Buffer.from(`${smuggled}end`)) });
      expect(echo.headers["content-length"]).toBeUndefined();
      expect(requests).toBe(before + 1);
    },
  );

  test("an empty body in chunks, and none at all, stay empty", async () => {
    const chunked = await send("POST /shop HTTP/1.1\r\nTransfer-Encoding: chunked", Buffer.from("0\r\n\r\n"));
    expect(chunked.echo.bytes).toBe(0);
    expect((await send("POST /shop HTTP/1.1")).echo).toMatchObject({ bytes: 0, method: "POST" });
    expect((await send("DELETE /shop HTTP/1.1")).echo).toMatchObject({ bytes: 0, method: "DELETE" });
  });

  test("a client that waits for leave to send gets it", async () => {
    const head =
      "POST /shop HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n";
    const client = rawClient(proxy.port, head);
    await client.sees("HTTP/1.1 100 Continue");
    client.socket.write("data");
    await client.closes();
    expect(client.received).toContain(sha256(Buffer.from("data")));
    expect(client.received).not.toContain('"expect"');
  });

  test("a signature over the raw body still fits", async () => {
    const body = Buffer.from('{ "amount" : 1.10 }\n');
    const signature = createHmac("sha256", "key").update(body).digest("hex");
    const { echo } = await send(
      `POST /shop/hook HTTP/1.1\r\n${json}\r\nX-Signature: ${signature}\r\nContent-Length: ${body.length}`,
      body,
    );
    expect(echo.headers["x-signature"]).toBe(signature);
    expect(echo.sha256).toBe(sha256(body));
  });

  test("a body that says it is too large is refused before the upstream hears of it", async () => {
    const [before, connections] = [requests, upstream.connections];
    const client = rawClient(
      proxy.port,
      `POST /shop HTTP/1.1\r\nHost: g\r\nContent-Length: ${limit + 1}\r\nConnection: close\r\n\r\n`,
    );
    await client.sees("HTTP/1.1 413");
    await client.sees("urn:golive:problem:body-too-large");
    client.socket.destroy();
    expect([requests, upstream.connections]).toEqual([before, connections]);
  });

  test("a body that turns out too large is cut off at the limit, and the connection goes on", async () => {
    const client = rawClient(proxy.port, "POST /shop HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(0x100000, "x"), Buffer.from("\r\n")]);
    for (let i = 0; i < 7; i++) client.socket.write(chunk);
    client.socket.write("0\r\n\r\n");
    await client.sees("HTTP/1.1 413");
    await until("the upstream's connection is gone", () => upstream.sockets.size <= 1);
    client.socket.write("GET /shop/after HTTP/1.1\r\nHost: g\r\n\r\n");
    await client.sees("HTTP/1.1 200");
    client.socket.destroy();
    expect(await proxy.sample('circuit_breaker_state{upstream="shop"}')).toBe(0);
  });

  test("a transfer encoding that would have to be undone is refused", async () => {
    const client = rawClient(
      proxy.port,
      "POST /shop HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    );
    await client.closes();
    expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
  });
});
