import { describe, expect, test } from "vitest";
import { envelopeItems, fromEnvelopeItems } from "./from-envelope.ts";
import { fromOtlpSpan, type OtlpSpan } from "./from-span.ts";
import { fingerprintOf } from "./grouping.ts";
import { noon } from "./testing/items.ts";

const ingest = (type: string, payload: unknown) => fromEnvelopeItems([{ type, payload }], "backend");

describe("an envelope", () => {
  test("gives its items with their types", () => {
    const text = '{"dsn":"x"}\n{"type":"event"}\n{"message":"a"}\n{"type":"client_report"}\n{}\n';
    expect(envelopeItems(text)).toEqual([
      { type: "event", payload: { message: "a" } },
      { type: "client_report", payload: {} },
    ]);
    expect(fromEnvelopeItems([{ type: "client_report", payload: {} }], "backend")).toEqual([]);
  });

  test("an event with an exception is an error that can be asked for by its tags", () => {
    const event = {
      timestamp: noon / 1000,
      environment: "staging",
      release: "gateway@1",
      transaction: "GET /api/projects",
      tags: { subsystem: "database" },
      exception: { values: [{ type: "Error" }, { type: "DatabaseUnavailable" }] },
    };
    expect(ingest("event", event)).toEqual([
      {
        kind: "event",
        type: "error",
        project: "backend",
        timeMs: noon,
        environment: "staging",
        level: 40,
        group: "DatabaseUnavailable",
        fields: {
          subsystem: "database",
          level: "error",
          transaction: "GET /api/projects",
          release: "gateway@1",
        },
      },
    ]);
  });

  test("a message is of the type default, of its own level and fingerprint", () => {
    const event = { timestamp: noon / 1000, message: "m", level: "warning", fingerprint: ["security-event", "csrf"] };
    expect(ingest("event", event)).toMatchObject([
      { type: "default", level: 30, group: "security-event csrf", environment: "production", fields: { message: "m" } },
    ]);
  });

  test("a transaction is a span with its vitals", () => {
    const transaction = {
      start_timestamp: noon / 1000 - 2,
      timestamp: noon / 1000,
      transaction: "/",
      contexts: { trace: { op: "pageload", status: "ok" } },
      measurements: { lcp: { value: 4200, unit: "millisecond" } },
    };
    expect(ingest("transaction", transaction)).toMatchObject([
      {
        kind: "span",
        failed: false,
        fields: { is_transaction: true, "span.op": "pageload", "span.duration": 2000, "measurements.lcp": 4200 },
      },
    ]);
  });

  test("a visit counts once, as it ended; visits that are counted together count as many", () => {
    const attrs = { release: "web@1" };
    const told = (sid: string, status: string) => ({ sid, status, timestamp: new Date(noon).toISOString(), attrs });
    const items = [told("a", "ok"), told("b", "ok"), told("b", "crashed"), told("a", "exited")].map((payload) => ({
      type: "session",
      payload,
    }));
    const visits = fromEnvelopeItems(items, "frontend");
    expect(visits).toMatchObject([{ crashed: false }, { crashed: true }]);
    const aggregates = [{ started: new Date(noon).toISOString(), exited: 90, errored: 4, crashed: 6 }];
    expect(ingest("sessions", { aggregates, attrs })).toMatchObject([
      { count: 6, crashed: true },
      { count: 94, crashed: false },
    ]);
  });

  test("what Sentry would not take is no item", () => {
    expect(() => ingest("event", { tags: {} })).toThrow("timestamp");
  });
});

describe("events are one issue", () => {
  const frames = (name: string) => [
    { in_app: true, module: "routes", function: name },
    { in_app: false, module: "pg", function: "query" },
  ];
  const thrown = (type: string, name: string, value = "") => ({
    fingerprint: undefined,
    exceptions: [{ type, value, stacktrace: { frames: frames(name) } }],
    message: undefined,
    transaction: undefined,
  });

  test("by the kind of error and our own innermost frame, whatever the words are", () => {
    expect(fingerprintOf(thrown("E", "read", "id 1"))).toBe(fingerprintOf(thrown("E", "read", "id 2")));
    expect(fingerprintOf(thrown("E", "read"))).not.toBe(fingerprintOf(thrown("E", "write")));
    expect(fingerprintOf(thrown("E", "read"))).not.toBe(fingerprintOf(thrown("F", "read")));
  });

  test("by the sender's fingerprint, which may hold the default one", () => {
    const own = thrown("E", "read");
    expect(fingerprintOf({ ...own, fingerprint: ["a", "b"] })).toBe("a b");
    expect(fingerprintOf({ ...own, fingerprint: ["{{ default }}", "b"] })).toBe(`${fingerprintOf(own)} b`);
  });

  test("by their message where nothing was thrown", () => {
    expect(fingerprintOf({ ...thrown("E", "read"), exceptions: [], message: "m" })).toBe("m");
  });
});

describe("a span that came by OTLP", () => {
  const otlp = (changes: Partial<OtlpSpan>): OtlpSpan => ({
    name: "GET /api/projects",
    kind: 2,
    parentSpanId: "",
    flags: 0x101,
    startMs: noon - 250,
    endMs: noon,
    statusCode: 0,
    attributes: { "http.request.method": "GET" },
    resource: { "deployment.environment.name": "staging" },
    ...changes,
  });
  const fieldsOf = (changes: Partial<OtlpSpan>) => fromOtlpSpan(otlp(changes), "backend").fields;

  test("keeps its attributes, its length in ms and its environment", () => {
    expect(fromOtlpSpan(otlp({}), "backend")).toEqual({
      kind: "span",
      project: "backend",
      timeMs: noon,
      environment: "staging",
      failed: false,
      fields: {
        "http.request.method": "GET",
        is_transaction: true,
        "span.op": "http.server",
        "span.description": "GET /api/projects",
        "span.status": "ok",
        "span.duration": 250,
      },
    });
  });

  test("is of the environment that Sentry's attribute names, else the standard's, else of production", () => {
    const attributes = { "sentry.environment": "test" };
    const environmentOf = (changes: Partial<OtlpSpan>) => fromOtlpSpan(otlp(changes), "backend").environment;
    expect([environmentOf({ attributes }), environmentOf({}), environmentOf({ resource: {} })]).toEqual([
      "test",
      "staging",
      "production",
    ]);
  });

  test("is a transaction as a root or below another process, and nowhere else", () => {
    const parentSpanId = "b7ad6b7169203331";
    expect(fieldsOf({}).is_transaction).toBe(true);
    expect(fieldsOf({ parentSpanId, flags: 0x301 }).is_transaction).toBe(true);
    expect(fieldsOf({ parentSpanId, flags: 0x101 }).is_transaction).toBe(false);
    expect(fieldsOf({ parentSpanId, flags: 1 }).is_transaction).toBe(false);
  });

  test.each([
    [2, { "http.request.method": "GET" }, "http.server"],
    [3, { "http.request.method": "GET" }, "http.client"],
    [1, { "http.request.method": "GET" }, "http"],
    [3, { "db.system.name": "postgresql" }, "db"],
    [3, { "http.request.method": "GET", "db.system.name": "couchdb" }, "http.client"],
    [1, {}, "default"],
    [1, { "sentry.op": "pipeline" }, "pipeline"],
  ])("of kind %i with %o has its op", (kind, attributes, op) => {
    expect(fieldsOf({ kind, attributes })["span.op"]).toBe(op);
  });

  test("failed when its status says so, and not by an answer of 4xx", () => {
    expect(fromOtlpSpan(otlp({ statusCode: 2 }), "backend")).toMatchObject({
      failed: true,
      fields: { "span.status": "error" },
    });
    const attributes = { "http.request.method": "GET", "http.response.status_code": 404 };
    expect(fromOtlpSpan(otlp({ attributes }), "backend").failed).toBe(false);
  });
});
