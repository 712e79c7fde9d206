import { expect, test } from "vitest";
import { Metrics } from "./metrics.ts";

const pool = () => ({ total: 3, idle: 1, waiting: 2, max: 10 });
const newMetrics = () => new Metrics({ name: "gateway", version: "1", environment: "test" }, pool);
const ids = { trace_id: "a".repeat(32), span_id: "b".repeat(16) };
const facts = { method: "GET", route: "/api/projects", status: 200 };

test("a sampled request leaves its trace as exemplar, an unsampled one none", async () => {
  const metrics = newMetrics();
  metrics.requestStarted();
  metrics.requestEnded(facts, 0.02, { ...ids, trace_flags: "00" });
  expect(await metrics.registry.metrics()).not.toContain("trace_id");
  metrics.requestStarted();
  metrics.requestEnded(facts, 0.02, { ...ids, trace_flags: "01" });
  expect(await metrics.registry.metrics()).toMatch(/le="0\.025".* 2 # \{trace_id="a{32}",span_id="b{16}"\} 0\.02/);
});

test("a method nobody knows is one series, not a new one each", async () => {
  const metrics = newMetrics();
  for (const method of ["BREW", "PURGE"]) {
    metrics.requestStarted();
    metrics.requestEnded({ ...facts, method }, 0.01, undefined);
  }
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/_count\{http_request_method="_OTHER".*\} 2/);
  expect(text).not.toContain("BREW");
});

test("the pool is shown by state", async () => {
  const text = await newMetrics().registry.metrics();
  expect(text).toMatch(/^db_client_connection_count\{state="idle"\} 1$/m);
  expect(text).toMatch(/^db_client_connection_count\{state="used"\} 2$/m);
  expect(text).toMatch(/^db_client_connection_pending_requests 2$/m);
});
