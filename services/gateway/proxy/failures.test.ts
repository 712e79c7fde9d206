import type { LookupFunction } from "node:net";
import { describe, expect, test } from "vitest";
import { rawClient } from "./testing/raw-client.ts";
import { closedPort, httpUpstream, rawUpstream } from "./testing/raw-upstream.ts";
import { startProxy, type TestProxy } from "./testing/test-proxy.ts";
import { until } from "./testing/until.ts";

async function problem(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  const body = (await response.json()) as { type: string; detail: string };
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|no-such/);
  return { status: response.status, type: body.type.replace("urn:golive:problem:", ""), headers: response.headers };
}

const outcome = (proxy: TestProxy, name: string) =>
  proxy.sample(`http_client_request_duration_seconds_count{upstream="shop",outcome="${name}"}`);

describe("an upstream that fails", { timeout: 60_000 }, () => {
  test("refused connections are a 502, logged with their cause", async () => {
    await using proxy = await startProxy([{ target: `http://127.0.0.1:${await closedPort()}` }]);
    expect(await outcome(proxy, "unreachable")).toBe(0);
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 502, type: "upstream-unreachable" });
    expect(await outcome(proxy, "unreachable")).toBe(1);
    expect(proxy.lines).toContainEqual(
      expect.objectContaining({
        message: "request failed",
        problem: "upstream-unreachable",
        err: expect.objectContaining({
          cause: expect.objectContaining({ message: expect.stringMatching(/upstream shop: .*ECONNREFUSED/) }),
        }),
      }),
    );
  });

  test("an answer that does not come is a 504 when its time is over", async () => {
    await using upstream = await rawUpstream(() => undefined);
    await using proxy = await startProxy([{ target: upstream.url, timeoutMs: 300, connectTimeoutMs: 200 }]);
    const started = performance.now();
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 504, type: "upstream-timeout" });
    expect(performance.now() - started).toBeGreaterThan(290);
    await until("the upstream sees the end", () => upstream.sockets.size === 0);
    expect(upstream.connections).toBe(1);
    expect(await outcome(proxy, "timeout")).toBe(1);
  });

  test("a connection that does not come about is a 504 long before the whole time is over", async () => {
    // An address is never found, as with a name server or a network that swallows everything.
    const silent: LookupFunction = () => undefined;
    const target = "http://swallowed.example";
    await using proxy = await startProxy([{ target, timeoutMs: 60_000, connectTimeoutMs: 100 }], { lookup: silent });
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 504, type: "upstream-timeout" });
    expect(await proxy.sample('upstream_retries_total{upstream="shop"}')).toBe(1);
  });

  test.each([
    ["GET", undefined, 2],
    ["HEAD", undefined, 2],
    ["DELETE", undefined, 2],
    ["POST", undefined, 1],
    ["PATCH", undefined, 1],
    ["PUT", "body", 1],
    ["DELETE", "body", 1],
  ])("%s with body %s that is reset before an answer is sent %i times", async (method, body, times) => {
    let requests = 0;
    await using upstream = await rawUpstream((socket, soFar) => {
      if (!soFar.includes("\r\n\r\n")) return;
      requests += 1;
      socket.resetAndDestroy();
    });
    await using proxy = await startProxy([{ target: upstream.url }]);
    const response = await fetch(`${proxy.url}/shop`, { method, ...(body !== undefined && { body }) });
    expect(response.status).toBe(502);
    expect(requests).toBe(times);
    expect(await proxy.sample('upstream_retries_total{upstream="shop"}')).toBe(times - 1);
  });

  test("a second attempt that succeeds is all the client sees", async () => {
    await using upstream = await rawUpstream((socket) => {
      if (upstream.connections === 1) socket.destroy();
      else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
    });
    await using proxy = await startProxy([{ target: upstream.url }]);
    expect(await (await fetch(`${proxy.url}/shop`)).text()).toBe("again");
    expect(await outcome(proxy, "ok")).toBe(1);
  });

  test("a kept connection that turns out closed costs a GET nothing, and speaks against nobody", async () => {
    await using upstream = await rawUpstream((socket, soFar) => {
      if (soFar.split("\r\n\r\n").length > 2) socket.resetAndDestroy();
      else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    const breaker = { minRequests: 2, halfOpenAfterMs: 60_000 };
    await using proxy = await startProxy([{ target: upstream.url, breaker }]);
    const statuses: number[] = [];
    for (const method of ["GET", "GET", "POST", "POST", "POST"])
      statuses.push((await fetch(`${proxy.url}/shop`, { method })).status);
    expect(statuses).toEqual([200, 200, 502, 200, 502]);
    expect(await proxy.sample('circuit_breaker_state{upstream="shop"}')).toBe(0);
  });

  test("no second attempt where none is wanted", async () => {
    await using upstream = await rawUpstream((socket) => socket.destroy());
    await using proxy = await startProxy([{ target: upstream.url, retries: 0 }]);
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 502 });
    expect(upstream.connections).toBe(1);
  });

  test("an answer that is no HTTP is a 502", async () => {
    await using upstream = await rawUpstream((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"));
    await using proxy = await startProxy([{ target: upstream.url }]);
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 502 });
  });

  test("a switch of protocols that nobody asked for is a 502", async () => {
    await using upstream = await rawUpstream((socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
    );
    await using proxy = await startProxy([{ target: upstream.url, timeoutMs: 5_000 }]);
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 502 });
  });

  test.each([
    ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"],
  ])("an answer %s that breaks off does not look whole", async (_how, part) => {
    await using upstream = await rawUpstream((socket) => socket.write(part, () => socket.resetAndDestroy()));
    await using proxy = await startProxy([{ target: upstream.url }]);
    const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
    await client.closes();
    expect(client.received).not.toContain("\r\n0\r\n");
    expect(upstream.connections).toBe(1);
    await expect(fetch(`${proxy.url}/shop`).then((response) => response.text())).rejects.toThrow();
    await until("the outcome is counted", async () => (await outcome(proxy, "cut")) === 2);
  });

  test("an answer that drips ends with its time, not with its last drop", async () => {
    await using upstream = await httpUpstream((_request, response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.once("close", () => clearInterval(drip));
    });
    await using proxy = await startProxy([{ target: upstream.url, timeoutMs: 400, connectTimeoutMs: 400 }]);
    const client = rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n");
    await client.closes(5_000);
    expect(client.received).toContain("1\r\n.");
    expect(client.received).not.toContain("\r\n0\r\n");
    await until("the upstream sees the end", () => upstream.sockets.size === 0);
    expect(await outcome(proxy, "timeout")).toBe(1);
  });

  test("a name that does not resolve is a 502, and asked for once a second at most", async () => {
    let asked = 0;
    const lookup: LookupFunction = (_name, options, callback) => {
      asked += 1;
      callback(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }), options.all ? [] : "", 0);
    };
    const upstream = { target: "http://no-such-host.example", breaker: { minRequests: 10_000 } };
    await using proxy = await startProxy([upstream], { lookup });
    const answers = await Promise.all(Array.from({ length: 10 }, () => problem(`${proxy.url}/shop`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    expect(asked).toBeLessThan(10);
    await until("the name is asked for again", async () => {
      const before = asked;
      await problem(`${proxy.url}/shop`);
      return asked > before;
    });
  });

  test("a body that nobody reads any more does not hold up the answer, or the next request", async () => {
    await using upstream = await rawUpstream((socket) => socket.destroy());
    await using proxy = await startProxy([{ target: upstream.url }]);
    const body = "x".repeat(2_000_000);
    const client = rawClient(
      proxy.port,
      `POST /shop HTTP/1.1\r\nHost: g\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await client.sees("HTTP/1.1 502");
    client.socket.write("GET /nothing HTTP/1.1\r\nHost: g\r\n\r\n");
    await client.sees("HTTP/1.1 404");
    client.socket.destroy();
  });

  test("more requests at once than may be are refused at once", async () => {
    await using upstream = await rawUpstream(() => undefined);
    await using proxy = await startProxy([{ target: upstream.url, maxConnections: 2 }]);
    const held = [1, 2].map(() => rawClient(proxy.port, "GET /shop HTTP/1.1\r\nHost: g\r\n\r\n"));
    await until("two requests are with the upstream", () => upstream.received.filter(Boolean).length === 2);
    const refused = await problem(`${proxy.url}/shop`);
    expect(refused).toMatchObject({ status: 503, type: "upstream-unavailable" });
    expect(refused.headers.get("retry-after")).toBe("1");
    for (const client of held) client.socket.destroy();
    await until("there is room again", () => upstream.sockets.size === 0);
  });
});

describe("the circuit breaker", { timeout: 60_000 }, () => {
  test("opens at half of the requests failing, probes once, and closes again", async () => {
    let isIll = true;
    let requests = 0;
    await using upstream = await httpUpstream((_request, response) => {
      requests += 1;
      response.statusCode = isIll && requests % 2 === 0 ? 500 : 200;
      response.end();
    });
    const breaker = { threshold: 0.5, minRequests: 10, halfOpenAfterMs: 300 };
    await using proxy = await startProxy([{ target: upstream.url, breaker }]);
    const state = () => proxy.sample('circuit_breaker_state{upstream="shop"}');
    expect(await state()).toBe(0);
    for (let i = 0; i < 10; i++) expect((await fetch(`${proxy.url}/shop`)).status).toBe(i % 2 ? 500 : 200);
    expect(await state()).toBe(2);

    const refused = await problem(`${proxy.url}/shop`);
    expect(refused).toMatchObject({ status: 503, type: "upstream-unavailable" });
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(requests).toBe(10);

    isIll = false;
    await until("the probe", async () => (await fetch(`${proxy.url}/shop`)).status === 200);
    expect(await state()).toBe(0);
    expect(requests).toBe(11);
    const states = proxy.lines.filter(({ message }) => message === "circuit breaker").map((line) => line["state"]);
    expect(states).toEqual(["open", "half-open", "closed"]);
  });

  test("there is no second attempt once it has opened", async () => {
    await using upstream = await rawUpstream((socket) => socket.destroy());
    const breaker = { minRequests: 1, halfOpenAfterMs: 60_000 };
    await using proxy = await startProxy([{ target: upstream.url, breaker }]);
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 502 });
    expect(upstream.connections).toBe(1);
    expect(await problem(`${proxy.url}/shop`)).toMatchObject({ status: 503 });
  });

  test("one upstream's breaker leaves the others alone", async () => {
    await using good = await httpUpstream((_request, response) => response.end("good"));
    const bad = `http://127.0.0.1:${await closedPort()}`;
    const breaker = { minRequests: 1, halfOpenAfterMs: 60_000 };
    await using proxy = await startProxy([
      { target: bad, breaker },
      { name: "good", prefix: "/good", target: good.url, breaker },
    ]);
    await fetch(`${proxy.url}/shop`);
    expect((await fetch(`${proxy.url}/shop`)).status).toBe(503);
    expect((await fetch(`${proxy.url}/good`)).status).toBe(200);
  });

  test("an event loop that stood still does not open it", async () => {
    await using upstream = await httpUpstream((_request, response) => response.end("fine"));
    const breaker = { minRequests: 1, halfOpenAfterMs: 60_000 };
    await using proxy = await startProxy([{ target: upstream.url, timeoutMs: 500, connectTimeoutMs: 300, breaker }]);
    const answers = Array.from({ length: 5 }, () => fetch(`${proxy.url}/shop`).then(({ status }) => status));
    // The requests have reached the proxy, and nothing of their answers has been read.
    await until("requests are on their way", () => upstream.connections > 0);
    for (const end = performance.now() + 2_000; performance.now() < end; );
    expect(await Promise.all(answers)).toEqual([200, 200, 200, 200, 200]);
    expect(await proxy.sample('circuit_breaker_state{upstream="shop"}')).toBe(0);
  });
});
