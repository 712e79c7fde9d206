import { diag } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { exportHealth } from "./export-health.ts";
import type { ExportTarget, TelemetryConfig } from "./settings.ts";
import { spanPipeline } from "./span-pipeline.ts";
import { answeringCollector, type BadCollector, blackHole, refusingCollector } from "./testing/collectors.ts";

const queue = { size: 50, batchSize: 10, delayMs: 20, exportTimeoutMs: 2_000 };
const otlp = (url: string, timeoutMs = 500): ExportTarget => ({ kind: "otlp", url: `${url}/v1/traces`, timeoutMs });

let lines: string[];
let running: { provider?: TracerProvider; collector?: BadCollector };
beforeEach(() => {
  lines = [];
  running = {};
  Object.assign(exportHealth, { failedSpans: 0, droppedSpans: 0, waitingSpans: 0 });
  diag.disable();
});
afterEach(async () => {
  await Promise.race([running.provider?.shutdown().catch(() => undefined), after(4_000)]);
  await running.collector?.stop();
});

function tracing(target: ExportTarget, changed: Partial<TelemetryConfig["queue"]> = {}) {
  const log = { warn: (_: object, text: string) => lines.push(text) } as unknown as Logger;
  const config = { enabled: true, serviceName: "t", ratio: 1, forwardBaggage: true, target };
  const spanProcessors = spanPipeline({ ...config, queue: { ...queue, ...changed } }, log);
  running.provider = new TracerProvider({ spanProcessors });
  const tracer = running.provider.getTracer("test");
  return (count: number) => {
    for (let number = 0; number < count; number++) tracer.startSpan(`span ${number}`).end();
  };
}

async function until(condition: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  for (const limit = Date.now() + limitMs; !condition(); ) {
    if (Date.now() > limit) throw new Error(`not within ${limitMs} ms: ${what}; ${JSON.stringify(exportHealth)}`);
    await after(10);
  }
}
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("a collector", { timeout: 60_000 }, () => {
  test("that works gets every span, and the queue is empty again", async () => {
    const receiver = await startOtlpReceiver();
    const make = tracing(otlp(receiver.endpoint));
    make(25);
    expect(exportHealth.waitingSpans).toBeGreaterThan(0);
    await receiver.until((spans) => spans.length === 25, "25 spans");
    expect(exportHealth).toEqual({ failedSpans: 0, droppedSpans: 0, waitingSpans: 0 });
    await receiver.stop();
  });

  test("that refuses connections costs spans, not time: all are counted as failed and one line says so", async () => {
    running.collector = await refusingCollector();
    const make = tracing(otlp(running.collector.url));
    const began = performance.now();
    make(30);
    expect(performance.now() - began).toBeLessThan(500);
    await until(() => exportHealth.failedSpans === 30, "30 failed spans");
    expect(lines).toEqual(["spans could not be exported; requests are not affected"]);
    expect(exportHealth).toMatchObject({ droppedSpans: 0, waitingSpans: 0 });
  });

  test("that swallows everything fills the queue to its bound: newer spans are dropped and counted", async () => {
    running.collector = await blackHole();
    const make = tracing(otlp(running.collector.url, 30_000), { exportTimeoutMs: 30_000 });
    make(10_000);
    expect(exportHealth.waitingSpans).toBeLessThanOrEqual(queue.size);
    // What is neither waiting nor in the one batch under way was dropped.
    expect(exportHealth.droppedSpans).toBeGreaterThanOrEqual(10_000 - queue.size - queue.batchSize);
    await until(() => running.collector?.seen() === 1, "one connection");
    make(1_000);
    expect(exportHealth.waitingSpans).toBe(queue.size);
    running.collector.stop();
  });

  test("that answers 503 with Retry-After is left alone until then", async () => {
    running.collector = await answeringCollector((_request, response) => {
      response.writeHead(503, { "retry-after": "1" }).end();
    });
    const make = tracing(otlp(running.collector.url, 1_500));
    make(10);
    await until(() => exportHealth.failedSpans === 10, "10 failed spans");
    // The first try and the one after a second; a third would come after the export's own limit.
    expect(running.collector.seen()).toBe(2);
  });

  test("that is slow gets its spans all the same, one batch after the other", async () => {
    let current = 0;
    let most = 0;
    running.collector = await answeringCollector((_request, response) => {
      most = Math.max(most, ++current);
      setTimeout(() => {
        current -= 1;
        response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
      }, 200);
    });
    const make = tracing(otlp(running.collector.url, 5_000));
    make(40);
    await until(() => running.collector?.seen() === 4 && current === 0, "four batches");
    expect(most).toBe(1);
    expect(exportHealth).toEqual({ failedSpans: 0, droppedSpans: 0, waitingSpans: 0 });
  });

  test("of the Zipkin kind gets spans as JSON, and one that hangs is not given spans for ever", async () => {
    const paths: string[] = [];
    running.collector = await answeringCollector((request, response) => {
      paths.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
      response.writeHead(202).end();
    });
    const make = tracing({ kind: "zipkin", url: `${running.collector.url}/api/v2/spans` });
    make(5);
    await until(() => paths.length === 1, "one request");
    expect(paths).toEqual(["POST /api/v2/spans application/json"]);
    await running.collector.stop();

    running.collector = await blackHole();
    const makeMore = tracing({ kind: "zipkin", url: running.collector.url }, { exportTimeoutMs: 30, delayMs: 1 });
    const { collector } = running;
    for (let round = 0; exportHealth.failedSpans === 0; round++) {
      if (round > 500) throw new Error("the exporter was given spans without end");
      makeMore(10);
      await after(20);
    }
    expect(collector.seen()).toBeLessThanOrEqual(16);
  });
});
