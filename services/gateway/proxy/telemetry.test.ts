import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawClient } from "./testing/raw-client.ts";
import { closedPort, rawUpstream, type TestUpstream } from "./testing/raw-upstream.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const traceId = "0af7651916cd43dd8448eb211c80319c";

describe.each([
  ["sampled", "1"],
  ["not sampled", "0"],
])("the trace of a proxied request that is %s", { timeout: 60_000 }, (_what, ratio) => {
  let upstream: TestUpstream;
  let child: ChildProcess;
  let port: number;
  beforeAll(async () => {
    upstream = await rawUpstream((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    const upstreams = [
      { target: upstream.url, websocket: true },
      { name: "dead", prefix: "/dead", target: `http://127.0.0.1:${await closedPort()}` },
    ];
    // With the instrumentation, as the image starts it, which has to be there before anything else is loaded.
    child = fork(file("testing/proxy-process.ts"), [JSON.stringify(upstreams)], {
      execArgv: ["--import", file("../telemetry/register.ts")],
      env: { ...process.env, TRACE_RATIO: ratio },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    [{ port }] = (await once(child, "message")) as [{ port: number }];
  });
  afterAll(async () => {
    child?.kill("SIGKILL");
    await upstream?.[Symbol.asyncDispose]();
  });

  async function exchange(path: string, headers: readonly string[]): Promise<{ client: string; sent: string }> {
    const client = rawClient(port, [`GET ${path} HTTP/1.1`, "Host: g", ...headers, "", ""].join("\r\n"));
    await client.closes();
    return { client: client.received, sent: upstream.received.at(-1) ?? "" };
  }

  test.each([
    ["a request", ["Connection: close"]],
    ["a WebSocket", ["Connection: Upgrade", "Upgrade: websocket"]],
  ])("goes on at the upstream, for %s", async (_what, headers) => {
    const { client, sent } = await exchange("/shop", [
      ...headers,
      `Traceparent: 00-${traceId}-b7ad6b7169203331-01`,
      "Tracestate: vendor=1",
      "Baggage: shop=1",
    ]);
    expect(sent).toMatch(
      new RegExp(`\\r\\ntraceparent: 00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-0${ratio}\\r\\n`),
    );
    expect(sent).toContain("\r\ntracestate: vendor=1\r\n");
    expect(sent).toContain("\r\nbaggage: shop=1\r\n");
    expect(client).toContain(`x-trace-id: ${traceId}`);
  });

  test("begins anew when the client's is none, and nothing of any length is passed on", async () => {
    const { sent } = await exchange("/shop", [
      "Connection: close",
      "Traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01",
      `Tracestate: vendor=${"x".repeat(600)}`,
      `Baggage: shop=${"x".repeat(9_000)}`,
      "Sentry-Trace: x",
    ]);
    expect(sent).toMatch(/\r\ntraceparent: 00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-0[01]\r\n/);
    expect(sent).not.toMatch(/tracestate|baggage|sentry|x{20}/i);
  });

  test("is named in the answer when the upstream is dead", async () => {
    const { client } = await exchange("/dead", ["Connection: close", `Traceparent: 00-${traceId}-b7ad6b7169203331-01`]);
    expect(client).toMatch(/^HTTP\/1\.1 502 /);
    expect(client).toContain(`"trace_id":"${traceId}"`);
  });
});
