import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../tests/postgres-server.ts";
import { operations } from "./openapi/operations.ts";
import { startTestApi, type TestApi } from "./testing/test-api.ts";

describe.skipIf(postgresMissing())("the HTTP surface", { timeout: 120_000 }, () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  const post = (body: string, headers: Record<string, string> = {}) => api.send("POST", "/api/projects", body, headers);

  test.each([
    ["text that is not JSON", "{", {}, 400, "malformed-request"],
    ["a body that is no object", "7", {}, 422, "invalid-body"],
    ["JSON nested without end", "[".repeat(500_000), {}, 400, "malformed-request"],
    ["more than 1 MB", JSON.stringify({ name: "x".repeat(1_100_000) }), {}, 413, "body-too-large"],
    ["a form", "name=x", { "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported-media-type"],
    ["an unknown encoding", "{}", { "content-encoding": "zip" }, 415, "unsupported-media-type"],
    ["an unknown charset", "{}", { "content-type": "application/json; charset=x" }, 415, "unsupported-media-type"],
    ["bytes that are not what their encoding says", "{}", { "content-encoding": "gzip" }, 400, "malformed-request"],
  ])("%s is refused", async (_what, body, headers, status, type) => {
    const answer = await post(body, headers as Record<string, string>);
    expect(answer).toMatchObject({ status, body: { status, type: `urn:golive:problem:${type}` } });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });

  test("no body at all is refused", async () => {
    expect(await api.send("POST", "/api/projects")).toMatchObject({ status: 415 });
  });

  test("an address that cannot be decoded is the client's fault", async () => {
    expect(await api.send("GET", "/api/projects/%E0%A4%A")).toMatchObject({ status: 400 });
  });

  test("unknown addresses and methods are told apart", async () => {
    expect(await api.send("GET", "/api/nothing?token=canary")).toMatchObject({
      status: 404,
      body: { instance: "/api/nothing" },
    });
    const answer = await api.send("PUT", "/api/projects", {});
    expect(answer).toMatchObject({ status: 405, body: { type: "urn:golive:problem:method-not-allowed" } });
    expect(answer.headers.get("allow")).toBe("GET, POST, HEAD, OPTIONS");
    expect(await api.send("OPTIONS", "/api/projects")).toMatchObject({ status: 204 });
    expect(await api.send("HEAD", "/api/projects")).toMatchObject({ status: 200, body: undefined });
  });

  test("answers say nothing of the framework and forbid sniffing and framing", async () => {
    const { headers } = await api.send("GET", "/api/projects");
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("the document lists exactly the routed operations", async () => {
    const { body } = await api.send("GET", "/api/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    for (const { method, path } of Object.values(operations)) {
      expect(body.paths[path.replace(":id", "{id}")]).toHaveProperty(method);
    }
  });

  test("health names the database with its latency", async () => {
    expect(await api.send("GET", "/livez")).toMatchObject({ status: 200, body: "ok\n" });
    expect(await api.send("GET", "/readyz")).toMatchObject({ status: 200 });
    const { body } = await api.send("GET", "/api/health");
    expect(body).toEqual({
      status: "ok",
      version: "test",
      checks: { postgres: { status: "up", latencyMs: expect.any(Number) }, limits: { status: "replica" } },
    });
  });

  test("requests are counted under their pattern, and errors exist as zeros before the first one", async () => {
    await api.send("GET", "/api/projects/01a21058-56ed-760c-a703-2b94c7fb6895");
    await api.send("GET", "/wp-login.php");
    await post("{");
    const text = await api.metrics.registry.metrics();
    const count = (method: string, route: string, status: number) => {
      const labels = `http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"`;
      const line = text.split("\n").find((l) => l.startsWith(`http_server_request_duration_seconds_count{${labels}}`));
      return line === undefined ? undefined : Number(line.split(" ")[1]);
    };
    expect(count("GET", "/api/projects/:id", 404)).toBeGreaterThan(0);
    expect(count("POST", "/api/projects", 400)).toBeGreaterThan(0);
    expect(count("GET", "unmatched", 404)).toBeGreaterThan(0);
    for (const { method, path } of Object.values(operations)) {
      for (const status of [500, 503]) expect(count(method.toUpperCase(), path, status)).toBe(0);
    }
    expect(text).not.toContain("wp-login");
    expect(text).not.toContain("readyz");
    expect(text).toMatch(/^http_server_active_requests 0$/m);
    expect(text).toMatch(/^db_client_connection_max 5$/m);
    expect(text).toMatch(/^otel_export_failed_spans_total 0$/m);
    expect(text).toMatch(/gateway_build_info\{version="test"/);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });
});
