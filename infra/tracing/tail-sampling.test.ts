import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toolPath } from "../../local/toolchain/index.ts";
import { freePort } from "../../tests/free-port.ts";
import { sentryTraces } from "../errors/sentry-traces.ts";
import { workloads } from "../workloads.ts";
import { jaegerConfig, sentryVariables } from "./jaeger-config.ts";

const jaeger = toolPath("jaeger");
const { ports } = workloads.jaeger;

/** The platform's own configuration, on other ports of the loopback address, in memory, and with a short wait. */
async function configFor(ordinaryShare: number): Promise<{ text: string; port: (name: keyof typeof ports) => number }> {
  const config = jaegerConfig({
    retention: "1h",
    memory: "400Mi",
    prometheusUrl: "http://127.0.0.1:1",
    ordinaryShare,
    slowMs: 1000,
    sentryEnvironment: "staging",
  }) as {
    extensions: { jaeger_storage: { backends: Record<string, unknown> } };
    processors: { tail_sampling: { decision_wait: string } };
  };
  config.extensions.jaeger_storage.backends = { spans: { memory: { max_traces: 10_000 } } };
  config.processors.tail_sampling.decision_wait = "2s";
  const free = new Map<number, number>();
  for (const port of [...Object.values(ports), 16_685]) free.set(port, await freePort());
  const text = JSON.stringify(config)
    .replaceAll(/(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)/g, (all, port) => {
      const other = free.get(Number(port));
      return other === undefined ? all : `127.0.0.1:${other}`;
    })
    .replace(`"host":"0.0.0.0","port":${ports.metrics}`, `"host":"127.0.0.1","port":${free.get(ports.metrics)}`);
  return { text, port: (name) => free.get(ports[name]) as number };
}

describe.skipIf(!existsSync(jaeger))("what Jaeger stores", { timeout: 120_000 }, () => {
  let child: ChildProcess;
  let said = "";
  let sentry: Server;
  /** What came to the endpoint that a DSN leads to. */
  const copies: { path: string | undefined; auth: unknown; body: string }[] = [];
  let port: (name: keyof typeof ports) => number;
  beforeAll(async () => {
    const made = await configFor(0);
    port = made.port;
    const file = join(mkdtempSync(join(tmpdir(), "golive-jaeger-")), "jaeger.yaml");
    // JSON is YAML.
    writeFileSync(file, made.text);
    sentry = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const sent = Buffer.concat(chunks);
        const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
        copies.push({ path: request.url, auth: request.headers["x-sentry-auth"], body: body.toString("hex") });
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => sentry.listen(0, "127.0.0.1", resolve));
    const dsn = `http://publickey@127.0.0.1:${(sentry.address() as AddressInfo).port}/42`;
    const { endpoint, auth } = sentryTraces(dsn);
    child = spawn(jaeger, [`--config=${file}`], {
      env: { ...process.env, [sentryVariables.endpoint]: endpoint, [sentryVariables.auth]: auth },
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.on("data", (text: Buffer) => {
      said = (said + text.toString()).slice(-4000);
    });
    await until("Jaeger to be up", async () => (await fetch(`http://127.0.0.1:${port("health")}/status`)).ok);
  }, 120_000);
  afterAll(async () => {
    sentry?.closeAllConnections();
    sentry?.close();
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const limit = Date.now() + 60_000; ; ) {
      if (await holds().catch(() => false)) return;
      if (Date.now() > limit || child.exitCode !== null) throw new Error(`waited in vain for ${what}\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function send(spans: { name: string; milliseconds: number; failed?: boolean }[]): Promise<string> {
    const traceId = randomBytes(16).toString("hex");
    const now = Date.now();
    const nanos = (ms: number) => `${ms}000000`;
    const body = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "gateway" } }] },
          scopeSpans: [
            {
              spans: spans.map(({ name, milliseconds, failed }) => ({
                traceId,
                spanId: randomBytes(8).toString("hex"),
                name,
                kind: 2,
                startTimeUnixNano: nanos(now - milliseconds),
                endTimeUnixNano: nanos(now),
                status: failed ? { code: 2 } : {},
              })),
            },
          ],
        },
      ],
    };
    const response = await fetch(`http://127.0.0.1:${port("otlp-http")}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return traceId;
  }

  const isStored = async (traceId: string) =>
    (await fetch(`http://127.0.0.1:${port("ui")}/api/traces/${traceId}`)).status === 200;

  test("traces with an error and slow ones whole, of the others the given share, and metrics of all", async () => {
    const ordinary = await send([{ name: "ordinary", milliseconds: 20 }]);
    const failed = await send([
      { name: "request", milliseconds: 30 },
      { name: "query", milliseconds: 10, failed: true },
    ]);
    const slow = await send([{ name: "slow", milliseconds: 1500 }]);
    await until("the failed trace", () => isStored(failed));
    await until("the slow trace", () => isStored(slow));
    // It came first, so it was judged first.
    expect(await isStored(ordinary)).toBe(false);
    const response = await fetch(`http://127.0.0.1:${port("ui")}/api/traces/${failed}`);
    const { data } = (await response.json()) as { data: { spans: { operationName: string }[] }[] };
    expect(data[0]?.spans.map(({ operationName }) => operationName).sort()).toEqual(["query", "request"]);
    await until("metrics of the trace that was dropped", async () =>
      (await (await fetch(`http://127.0.0.1:${port("spanmetrics")}/metrics`)).text()).includes('span_name="ordinary"'),
    );
  });

  test("what is stored is copied to Sentry, with the key of its DSN, and nothing else is", async () => {
    const ordinary = await send([{ name: "ordinary", milliseconds: 20 }]);
    const failed = await send([{ name: "broken", milliseconds: 20, failed: true }]);
    const isCopied = (traceId: string) => copies.some(({ body }) => body.includes(traceId));
    await until("the copy", async () => isCopied(failed));
    expect(isCopied(ordinary)).toBe(false);
    const text = Buffer.from(copies.find(({ body }) => body.includes(failed))?.body ?? "", "hex").toString("latin1");
    expect(text).toContain("sentry.environment");
    expect(text).toContain("staging");
    expect(copies[0]).toMatchObject({
      path: "/api/42/integration/otlp/v1/traces/",
      auth: "sentry sentry_key=publickey",
    });
  });
});

test("when everything is stored, nothing waits to be judged", () => {
  const { service, processors } = jaegerConfig({
    retention: "1h",
    memory: "400Mi",
    prometheusUrl: "http://prometheus:9090",
    ordinaryShare: 1,
    slowMs: 1000,
    sentryEnvironment: undefined,
  }) as { service: { pipelines: Record<string, { exporters: string[] }> }; processors: Record<string, unknown> };
  expect(service.pipelines.traces?.exporters).toEqual(["spanmetrics", "jaeger_storage_exporter"]);
  expect(processors).not.toHaveProperty("tail_sampling");
});

test("what is no DSN is refused, and not repeated", () => {
  for (const dsn of ["", "https://sentry.example/1", "https://canary@sentry.example/", "canary"]) {
    expect(() => sentryTraces(dsn)).toThrow("golive:sentryDsn must look like");
    expect(() => sentryTraces(dsn)).not.toThrow("canary");
  }
  expect(sentryTraces("https://abc@o1.ingest.de.sentry.io/7\n").endpoint).toBe(
    "https://o1.ingest.de.sentry.io/api/7/integration/otlp/v1/traces/",
  );
});
