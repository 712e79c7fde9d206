import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { rawClient } from "./testing/raw-client.ts";
import { httpUpstream } from "./testing/raw-upstream.ts";
import { startProxy } from "./testing/test-proxy.ts";
import { until } from "./testing/until.ts";

const gigabyte = 2 ** 30;
const chunk = Buffer.alloc(256 * 1024, "x");

/** Peak of the resident memory, in bytes, as the kernel counts it. */
const peakMemory = (pid: number) =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

test("a gigabyte each way passes in constant memory", { timeout: 240_000 }, async () => {
  let uploaded = 0;
  await using upstream = await httpUpstream(async (request, response) => {
    if (request.method === "POST") {
      for await (const part of request) uploaded += (part as Buffer).length;
      response.end("done");
      return;
    }
    response.setHeader("content-length", gigabyte);
    for (let sent = 0; sent < gigabyte && !response.destroyed; sent += chunk.length) {
      if (!response.write(chunk)) await once(response, "drain");
    }
    response.end();
  });
  // A process of its own: what this one allocates as client and upstream is not the proxy's.
  const settings = [{ target: upstream.url, timeoutMs: 200_000, maxBodyBytes: 2 * gigabyte }];
  const child = fork(fileURLToPath(new URL("testing/proxy-process.ts", import.meta.url)), [JSON.stringify(settings)]);
  try {
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    const pid = child.pid ?? 0;
    expect(await (await fetch(`http://127.0.0.1:${port}/shop/warm`, { method: "POST", body: "x" })).text()).toBe(
      "done",
    );
    const before = peakMemory(pid);

    let downloaded = 0;
    const download = httpRequest({ port, path: "/shop" }).end();
    const [answer] = await once(download, "response");
    for await (const part of answer) downloaded += (part as Buffer).length;
    expect(downloaded).toBe(gigabyte);

    const upload = httpRequest({ port, path: "/shop", method: "POST" });
    const answered = once(upload, "response");
    for (let sent = 0; sent < gigabyte; sent += chunk.length) {
      if (!upload.write(chunk)) await once(upload, "drain");
    }
    upload.end();
    const [done] = await answered;
    done.resume();
    expect(uploaded).toBe(gigabyte + 1);
    // What is read and written again lies about until it is collected, so the peak is far above what the streams hold at once.
    expect(peakMemory(pid) - before).toBeLessThan(200 * 2 ** 20);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a client that reads slowly slows the upstream down instead of filling memory", async () => {
  let written = 0;
  await using upstream = await httpUpstream(async (_request, response) => {
    const closed = once(response, "close");
    for (let i = 0; i < 400 && !response.destroyed; i++) {
      written += chunk.length;
      if (!response.write(chunk)) await Promise.race([once(response, "drain"), closed]);
    }
  });
  await using proxy = await startProxy([{ target: upstream.url }]);
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  client.socket.pause();
  let last = -1;
  await until("the upstream waits", async () => {
    const before = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
    last = written;
    return before > 0 && before === written;
  });
  expect(last).toBeLessThan(50 * 2 ** 20);
  client.socket.destroy();
  await until("the upstream sees the end", () => upstream.sockets.size === 0);
});

test("events arrive one by one, however long they take together, and end when the client leaves", async () => {
  await using upstream = await httpUpstream((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let events = 0;
    const flow = setInterval(() => {
      events += 1;
      response.write(`data: ${events} ${request.headers["accept-encoding"]}\n\n`);
    }, 100);
    response.once("close", () => clearInterval(flow));
  });
  await using proxy = await startProxy([
    { target: upstream.url, timeoutMs: 300, connectTimeoutMs: 300, idleTimeoutMs: 2_000 },
  ]);
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\nAccept-Encoding: gzip\r\n\r\n");
  await client.sees("text/event-stream");
  for (let event = 1; event <= 8; event++) await client.sees(`data: ${event} gzip`, 1_500);
  client.socket.destroy();
  await until("the upstream sees the end", () => upstream.sockets.size === 0, 1_000);
  // The stream took most of a second; its answer came at once, which is what the objective for latency is about.
  const series = '{http_request_method="GET",http_route="/shop{/*path}",http_response_status_code="200"}';
  expect(await proxy.sample(`http_server_request_duration_seconds_count${series}`)).toBe(1);
  expect(await proxy.sample(`http_server_request_duration_seconds_sum${series}`)).toBeLessThan(0.5);
});

test("the head of an answer does not wait for its body", async () => {
  await using upstream = await httpUpstream((_request, response) => response.writeHead(200).flushHeaders());
  await using proxy = await startProxy([{ target: upstream.url }]);
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  await client.sees("HTTP/1.1 200 OK", 2_000);
  client.socket.destroy();
});

test.each([
  ["a stream of events", { "content-type": "text/event-stream" }, {}],
  ["an answer that takes as long as it takes", {}, { streaming: true }],
])("%s in which nothing happens any more is cut", async (_what, headers, settings) => {
  await using upstream = await httpUpstream((_request, response) => {
    response.writeHead(200, headers);
    response.write("first");
  });
  await using proxy = await startProxy([
    { target: upstream.url, timeoutMs: 20_000, idleTimeoutMs: 300, breaker: { minRequests: 1 }, ...settings },
  ]);
  const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
  await client.closes(5_000);
  expect(client.received).toContain("first");
  expect(client.received).not.toContain("\r\n0\r\n");
  // The upstream had answered; how long its streams live is no sign of its health.
  expect(await proxy.sample('circuit_breaker_state{upstream="shop"}')).toBe(0);
});

test("an answer that comes before the body is through reaches the client", async () => {
  await using upstream = await httpUpstream((_request, response) => {
    response.writeHead(401).end("no");
  });
  await using proxy = await startProxy([{ target: upstream.url }]);
  const body = "x".repeat(5_000_000);
  const client = rawClient(
    proxy.port,
    `POST /shop HTTP/1.1\r\nHost: g\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await client.sees("HTTP/1.1 401");
  client.socket.write("GET /nothing HTTP/1.1\r\nHost: g\r\n\r\n");
  await client.sees("HTTP/1.1 404");
  client.socket.destroy();
});
