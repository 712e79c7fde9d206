import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { type GatewayProcess, startGateway, untilStatus } from "../testing/gateway-process.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../testing/otlp-receiver.ts";

const canary = "CANARY0secret0value";

describe.skipIf(postgresMissing())("what leaves the process", { timeout: 120_000 }, () => {
  let postgres: PostgresServer;
  let collector: OtlpReceiver;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    collector = await startOtlpReceiver();
    gateway = await startGateway(postgres, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: "100",
      DEPLOYMENT_ENVIRONMENT: "test",
      SERVICE_VERSION: "1.2.3",
      LOG_LEVEL: "debug",
    });
    await untilStatus(gateway, "/readyz", 200);
  }, 180_000);
  afterAll(async () => {
    await gateway?.stop();
    await collector?.stop();
    await postgres?.stop();
  });

  test("the spans of one request share its trace id, which the client, the log and the exemplar have too", async () => {
    const answer = await gateway.send("POST", "/api/projects", { name: "Shop", slug: "shop" });
    const traceId = answer.headers.get("x-trace-id");
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
    await collector.until(() => ofTrace().length >= 5, "the spans of the request");

    const [server] = ofTrace().filter(({ scope }) => scope === "@opentelemetry/instrumentation-http");
    expect(server).toMatchObject({
      name: "POST /api/projects",
      attributes: { "http.route": "/api/projects", "http.response.status_code": 201 },
      resource: { "service.name": "gateway", "service.version": "1.2.3", "deployment.environment.name": "test" },
    });
    const queries = ofTrace().filter(({ scope }) => scope === "@opentelemetry/instrumentation-pg");
    const insert = queries.find(({ attributes }) =>
      String(attributes["db.query.text"]).startsWith("insert into projects"),
    );
    expect(insert?.parentSpanId).toBe(server?.spanId);
    expect(insert?.attributes["db.query.text"]).toContain("values ($1, $2");

    const line = await gateway.line((l) => l.message === "request" && l.trace_id === traceId, "the access line");
    expect(line).toMatchObject({ span_id: server?.spanId, status: 201, route: "/api/projects", method: "POST" });
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    expect(metrics).toContain(`trace_id="${traceId}"`);
    expect(metrics).toMatch(/# EOF\s*$/);
  });

  test("the pattern of a route with an id reaches the span", async () => {
    const answer = await gateway.send("GET", "/api/projects/01a21058-56ed-760c-a703-2b94c7fb6895/pipelines");
    const traceId = answer.headers.get("x-trace-id");
    expect(answer.body).toMatchObject({ status: 404, trace_id: traceId });
    await collector.until(
      (spans) => spans.some((span) => span.traceId === traceId && span.attributes["http.route"]),
      "the span",
    );
    const span = collector.spans.find(({ traceId: id, attributes }) => id === traceId && attributes["http.route"]);
    expect(span?.attributes["http.route"]).toBe("/api/projects/:id/pipelines");
  });

  test("no secret of a request is in a span, a line or a metric", async () => {
    const marker = "?limit=1&token=";
    const answer = await gateway.send("GET", `/api/projects${marker}${canary}`, undefined, {
      authorization: `Bearer ${canary}`,
      cookie: `session=${canary}`,
    });
    const secrets = { name: "x", slug: "bad slug", repositoryUrl: `https://bot:${canary}@git.example/r` };
    const refused = await gateway.send("POST", "/api/projects", secrets);
    expect(refused.status).toBe(422);
    await gateway.send("GET", `/nothing?api_key=${canary}`);
    const traceId = answer.headers.get("x-trace-id");
    const ours = () => collector.spans.find((span) => span.traceId === traceId && span.attributes["url.query"]);
    await collector.until(() => ours() !== undefined, "the span with the query");
    expect(ours()?.attributes["url.query"]).toBe("limit=1&token=REDACTED");
    await gateway.line((line) => line.path === "/nothing", "the last access line");
    expect(JSON.stringify(gateway.lines)).not.toContain(canary);
    expect(await (await fetch(gateway.metricsUrl)).text()).not.toContain(canary);
    expect(JSON.stringify(refused.body)).not.toContain(canary);
    expect(collector.raw.join("\n")).not.toContain(canary);
    expect(collector.raw.join("\n")).not.toContain(postgres.password);
  });

  test("a caller's traceparent is continued, and a broken one starts a new trace", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const continued = await gateway.send("GET", "/api/health", undefined, {
      traceparent: `00-${traceId}-00f067aa0ba902b7-00`,
    });
    expect(continued.headers.get("x-trace-id")).toBe(traceId);
    for (const traceparent of ["00-00000000000000000000000000000000-0000000000000000-01", "junk", "x".repeat(1000)]) {
      const fresh = await gateway.send("GET", "/api/health", undefined, { traceparent });
      expect(fresh).toMatchObject({ status: 200 });
      expect(fresh.headers.get("x-trace-id")).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    }
  });

  test("probes leave no spans, and neither metrics nor logs go to the collector", async () => {
    const probe = await gateway.fetch("/livez");
    expect(probe.headers.get("x-trace-id")).toBeNull();
    const after = await gateway.send("GET", "/api/health");
    const traceId = after.headers.get("x-trace-id");
    await collector.until((spans) => spans.some((span) => span.traceId === traceId), "a later span");
    expect(
      collector.spans.filter(({ attributes }) => /livez|readyz|metrics/.test(String(attributes["url.path"]))),
    ).toEqual([]);
    expect(collector.otherPaths).toEqual([]);
  });

  test("the process tells the collector nothing of its machine", () => {
    const keys = new Set(collector.spans.flatMap(({ resource }) => Object.keys(resource)));
    expect([...keys].filter((key) => /^(host|process|os)\./.test(key))).toEqual([]);
  });
});
