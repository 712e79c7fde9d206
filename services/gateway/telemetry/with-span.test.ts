import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, beforeAll, expect, expectTypeOf, test } from "vitest";
import { traceDatabase } from "./trace-database.ts";
import { withSpan } from "./with-span.ts";

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
});
afterEach(() => exporter.reset());

test("a result that is there at once is returned at once, and a promise later", async () => {
  const now = withSpan("add", () => 1 + 1);
  expectTypeOf(now).toEqualTypeOf<number>();
  expect(now).toBe(2);
  expect(exporter.getFinishedSpans()).toHaveLength(1);
  const later = withSpan("wait", { attributes: { step: 1 } }, async (span) => {
    await Promise.resolve();
    expect(trace.getActiveSpan()).toBe(span);
    return "done";
  });
  expect(exporter.getFinishedSpans()).toHaveLength(1);
  expect(await later).toBe("done");
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["add", "wait"]);
});

test("spans inside are children", async () => {
  await withSpan("outer", async () => withSpan("inner", () => undefined));
  const [inner, outer] = exporter.getFinishedSpans();
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
});

const thrown: readonly (readonly [string, unknown, string])[] = [
  ["an Error", new TypeError("no"), "TypeError"],
  ["an error with a code", Object.assign(new Error("gone"), { code: "ECONNRESET" }), "ECONNRESET"],
  ["text", "just text", "string"],
  ["undefined", undefined, "undefined"],
  ["null", null, "object"],
  ["an object without a prototype", Object.create(null), "object"],
];
test.each(thrown)("%s that is thrown is recorded once and thrown on as it is", async (_what, value, type) => {
  const inSync = () =>
    withSpan("sync", () => {
      throw value;
    });
  let caught: unknown = "nothing";
  try {
    inSync();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBe(value);
  caught = "nothing";
  await withSpan("async", () => Promise.reject(value)).catch((error: unknown) => {
    caught = error;
  });
  expect(caught).toBe(value);
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name)).toEqual(["sync", "async"]);
  for (const span of spans) {
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes["error.type"]).toBe(type);
    expect(span.events).toHaveLength(1);
  }
});

test("a failure's message leaves its secrets behind", () => {
  expect(() =>
    withSpan("fail", () => {
      throw new Error("no login with password=hunter2");
    }),
  ).toThrow("hunter2");
  const [span] = exporter.getFinishedSpans();
  expect(JSON.stringify([span?.status, span?.events])).not.toContain("hunter2");
});

test("a database call is a client span with its statement, without the values", async () => {
  const statement = "select * from users where email = 'a@b.example' and id = $1";
  const rows = await traceDatabase("SELECT", statement, async () => [7], { collection: "users" });
  expect(rows).toEqual([7]);
  const [span] = exporter.getFinishedSpans();
  expect(span).toMatchObject({
    name: "SELECT users",
    kind: 2,
    attributes: {
      "db.system.name": "postgresql",
      "db.operation.name": "SELECT",
      "db.collection.name": "users",
      "db.query.text": "select * from users where email = ? and id = $1",
    },
  });
});
