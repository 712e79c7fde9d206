import { expect, test } from "vitest";
import { rawClient } from "./testing/raw-client.ts";
import { httpUpstream, rawUpstream } from "./testing/raw-upstream.ts";
import { startProxy } from "./testing/test-proxy.ts";

/** An upstream that answers with an empty 200 and keeps what it got. */
const recorder = () =>
  rawUpstream((socket, soFar) => {
    if (soFar.endsWith("\r\n\r\n")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });

async function answerTo(port: number, request: string): Promise<string> {
  const client = rawClient(port, `${request}\r\nConnection: close\r\n\r\n`);
  await client.closes();
  return client.received;
}

test("only what is meant for the upstream reaches it", async () => {
  await using upstream = await recorder();
  await using proxy = await startProxy([{ target: `${upstream.url}/base/`, access: "viewer" }]);
  const answer = await answerTo(
    proxy.port,
    [
      "GET /shop/a%20b//c?q=%2F&r HTTP/1.1",
      "Host: gateway.example:81",
      "Connection: X-Secret, close",
      "X-Secret: smuggled",
      "Proxy-Authorization: Basic smuggled",
      "TE: trailers",
      "Authorization: Bearer admin",
      "X-Golive-User: root",
      "X_Golive_Roles: admin",
      "X-Forwarded-For: 9.9.9.9",
      "Forwarded: for=9.9.9.9",
      `Baggage: k=${"v".repeat(9_000)}`,
      `Tracestate: a=${"v".repeat(600)}`,
      "Traceparent: 00-FFFF-1-01",
      "Accept: text/html",
    ].join("\r\n"),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  const [line, ...lines] = (upstream.received[0] ?? "").trimEnd().split("\r\n");
  expect(line).toBe("GET /base/shop/a%20b//c?q=%2F&r HTTP/1.1");
  expect(lines.map((text) => text.toLowerCase()).toSorted()).toEqual([
    "accept: text/html",
    "connection: keep-alive",
    `host: 127.0.0.1:${upstream.port}`,
    "x-forwarded-for: 127.0.0.1",
    "x-forwarded-host: gateway.example:81",
    "x-forwarded-proto: http",
    "x-golive-roles: admin",
    "x-golive-user: user%20of%20admin",
  ]);
});

test("a trusted hop may say where the request came from, and the hop before it may not", async () => {
  await using upstream = await recorder();
  await using proxy = await startProxy([{ target: upstream.url }], { trustProxy: 1 });
  await answerTo(
    proxy.port,
    "GET /shop HTTP/1.1\r\nHost: g\r\nX-Forwarded-For: 9.9.9.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example",
  );
  expect(upstream.received[0]).toContain("x-forwarded-for: 198.51.100.7, 127.0.0.1\r\n");
  expect(upstream.received[0]).toContain("x-forwarded-proto: https\r\n");
  expect(upstream.received[0]).toContain("x-forwarded-host: shop.example\r\n");
});

test("the way back: headers pass as they are, those of the connection and the session do not", async () => {
  await using upstream = await rawUpstream((socket) =>
    socket.end(
      [
        "HTTP/1.1 203 Fine By Me",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "Set-Cookie: __Host-golive=fixed; Secure",
        "Connection: X-Inner",
        "X-Inner: 1",
        "Keep-Alive: timeout=1",
        "X-Odd: \xe9",
        "X-Trace-Id: of the upstream",
        "Content-Security-Policy: default-src 'self'",
        "Content-Length: 2",
        "",
        "ok",
      ].join("\r\n"),
      "latin1",
    ),
  );
  await using proxy = await startProxy([{ target: upstream.url }]);
  const answer = await answerTo(proxy.port, "GET /shop HTTP/1.1\r\nHost: g");
  expect(answer).toMatch(/^HTTP\/1\.1 203 Fine By Me\r\n/);
  expect(answer).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
  expect(answer).toContain("X-Odd: \xe9\r\n");
  expect(answer).toContain("Content-Security-Policy: default-src 'self'\r\n");
  expect(answer).toMatch(/\r\n\r\nok$/);
  expect(answer).not.toMatch(/golive|x-inner|keep-alive/i);
});

test.each([
  ["without a token", "", 401],
  ["with too small a role", "Authorization: Bearer viewer\r\n", 403],
])("a guarded upstream hears nothing of a request %s", async (_how, header, status) => {
  await using upstream = await recorder();
  await using proxy = await startProxy([{ name: "admin", prefix: "/admin", target: upstream.url, access: "admin" }]);
  const paths = ["/admin", "/admin/", "/admin?x", "/admin/x", "/admin//x", "/admin/%2e"];
  const others = ["/ADMIN", "//admin", "/%61dmin", "/admin;x=1", "/adminx", "/x/../admin", "/"];
  for (const method of ["GET", "HEAD", "POST"]) {
    for (const path of [...paths, ...others]) {
      const answer = await answerTo(
        proxy.port,
        `${method} ${path} HTTP/1.1\r\nHost: g\r\nX-HTTP-Method-Override: GET\r\n${header.trimEnd() || "X: y"}`,
      );
      expect(answer, `${method} ${path}`).toMatch(new RegExp(`^HTTP/1\\.1 ${paths.includes(path) ? status : 404} `));
    }
  }
  expect(upstream.connections).toBe(0);
});

test("a request line with scheme and host is routed by its path", async () => {
  await using upstream = await recorder();
  await using proxy = await startProxy([{ target: upstream.url, stripPrefix: true }]);
  await answerTo(proxy.port, "GET http://elsewhere.example/shop/x?y HTTP/1.1\r\nHost: g");
  expect(upstream.received[0]).toMatch(/^GET \/x\?y HTTP\/1\.1\r\n/);
  expect(upstream.received[0]).toContain(`host: 127.0.0.1:${upstream.port}\r\n`);
});

test("a path that could climb out of its prefix is refused", async () => {
  await using upstream = await recorder();
  await using proxy = await startProxy([{ target: upstream.url, stripPrefix: true }]);
  for (const path of ["/shop/../admin", "/shop/%2e%2e/admin", "/shop/..%5cadmin", "/shop/%E0%A4%A"]) {
    expect(await answerTo(proxy.port, `GET ${path} HTTP/1.1\r\nHost: g`)).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect(upstream.connections).toBe(0);
});

test("a request that cannot be written anew is the client's fault, and the breaker hears nothing of it", async () => {
  await using upstream = await recorder();
  const breaker = { minRequests: 1, halfOpenAfterMs: 60_000 };
  await using proxy = await startProxy([{ target: upstream.url, breaker }]);
  // A header that the server's parser lets in and the client's refuses to write.
  proxy.server.prependListener("request", (request) => {
    if (request.url === "/shop/odd") request.headers["x-odd"] = "\u0001";
  });
  expect(await answerTo(proxy.port, "GET /shop/odd HTTP/1.1\r\nHost: g")).toMatch(/^HTTP\/1\.1 400 /);
  expect(await answerTo(proxy.port, "GET /shop HTTP/1.1\r\nHost: g")).toMatch(/^HTTP\/1\.1 200 /);
});

test("connections to an upstream are used again, each upstream's for itself", async () => {
  await using one = await httpUpstream((_request, response) => response.end("one"));
  await using two = await httpUpstream((_request, response) => response.end("two"));
  await using proxy = await startProxy([
    { name: "one", prefix: "/one", target: one.url },
    { name: "two", prefix: "/two", target: two.url },
  ]);
  for (let i = 0; i < 10; i++) {
    expect(await (await fetch(`${proxy.url}/one`)).text()).toBe("one");
    expect(await (await fetch(`${proxy.url}/two`)).text()).toBe("two");
  }
  expect([one.connections, two.connections]).toEqual([1, 1]);
  expect(await proxy.sample('http_client_request_duration_seconds_count{upstream="one",outcome="ok"}')).toBe(10);
});

test("answers without a body end where they should", async () => {
  await using upstream = await httpUpstream((request, response) => {
    response.statusCode = request.url === "/shop/304" ? 304 : request.url === "/shop/204" ? 204 : 200;
    response.setHeader("etag", '"1"');
    if (request.method === "HEAD") response.setHeader("content-length", "1234");
    response.end();
  });
  await using proxy = await startProxy([{ target: upstream.url }]);
  const client = rawClient(
    proxy.port,
    ["HEAD /shop", "GET /shop/304", "GET /shop/204", "GET /shop/none"]
      .map((line) => `${line} HTTP/1.1\r\nHost: g\r\n\r\n`)
      .join(""),
  );
  await client.sees(/200 .*1234.* 304 .* 204 .* 200 /s);
  client.socket.destroy();
});
