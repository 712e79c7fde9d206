import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { type GatewayProcess, startGateway, untilStatus } from "../testing/gateway-process.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { decideByRatio } from "./sample-first.ts";

const request = (traceparent?: string) =>
  ({ headers: traceparent === undefined ? {} : { traceparent } }) as Parameters<ReturnType<typeof decideByRatio>>[0];

test("the caller's trace id is kept, the wish to be sampled is not", () => {
  const traceId = "ffffffffffffffff00000000ffffffff";
  for (const flags of ["00", "01"]) {
    const ids = decideByRatio(0.1)(request(`00-${traceId}-00f067aa0ba902b7-${flags}`));
    expect(ids).toMatchObject({ trace_id: traceId, trace_flags: "00" });
    expect(ids?.span_id).not.toBe("00f067aa0ba902b7");
  }
});

test.each([
  undefined,
  "",
  "junk",
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "x".repeat(1000),
])("%s starts a trace of its own", (traceparent) => {
  const ids = decideByRatio(0)(request(traceparent));
  expect(ids?.trace_id).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  expect(ids?.trace_id).not.toBe("4bf92f3577b34da6a3ce929d0e0e4736");
});

test.each([0, 0.25, 1])("of ten thousand requests a share of %d is sampled, and always the same ones", (ratio) => {
  const decide = decideByRatio(ratio);
  const kept = Array.from({ length: 10_000 }, () => decide(request())).filter((ids) => ids === undefined).length;
  expect(kept / 10_000).toBeGreaterThanOrEqual(ratio - 0.03);
  expect(kept / 10_000).toBeLessThanOrEqual(ratio + 0.03);
  const id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const outcomes = new Set(
    Array.from({ length: 5 }, () => decide(request(`00-${id}-00f067aa0ba902b7-01`)) === undefined),
  );
  expect(outcomes.size).toBe(1);
});

describe.skipIf(postgresMissing())("a gateway that samples half of its requests", { timeout: 120_000 }, () => {
  let postgres: PostgresServer;
  let collector: OtlpReceiver;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    collector = await startOtlpReceiver();
    gateway = await startGateway(postgres, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: "100",
      TRACE_RATIO: "0.5",
    });
    await untilStatus(gateway, "/readyz", 200);
  }, 180_000);
  afterAll(async () => {
    await gateway?.stop();
    await collector?.stop();
    await postgres?.stop();
  });

  test("sampled or not, answer and access line have one trace id; spans and exemplars have only the sampled ones", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => gateway.send("GET", "/api/projects?limit=1")));
    const ids = answers.map(({ headers }) => headers.get("x-trace-id") ?? "");
    expect(new Set(ids).size).toBe(60);
    const flags = new Map<string, unknown>();
    for (const id of ids) {
      const line = await gateway.line((l) => l.message === "request" && l.trace_id === id, "the access line");
      flags.set(id, line.trace_flags);
    }
    const sampled = ids.filter((id) => flags.get(id) === "01");
    const others = ids.filter((id) => flags.get(id) === "00");
    expect(sampled.length + others.length).toBe(60);
    expect(sampled.length).toBeGreaterThan(10);
    expect(others.length).toBeGreaterThan(10);
    const arrived = () => new Set(collector.spans.map(({ traceId }) => traceId));
    await collector.until(() => sampled.every((id) => arrived().has(id)), "the spans of every sampled request");
    expect(others.filter((id) => arrived().has(id))).toEqual([]);
    // Each with its query below it, and no query on its own.
    for (const id of sampled)
      expect(collector.spans.filter(({ traceId }) => traceId === id).length).toBeGreaterThanOrEqual(2);
    expect(collector.spans.filter(({ scope, parentSpanId }) => /-pg$/.test(scope) && parentSpanId === "")).toEqual([]);
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    for (const id of others) expect(metrics).not.toContain(id);
  });

  test("an error of a request that is not sampled still carries its trace id", async () => {
    for (let tries = 0; tries < 40; tries++) {
      const answer = await gateway.send("GET", "/api/projects/none");
      const id = answer.headers.get("x-trace-id");
      expect(answer.body).toMatchObject({ status: 404, trace_id: id });
    }
  });
});
