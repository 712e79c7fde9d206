import { SpanStatusCode } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RedactingProcessor } from "./redacting-processor.ts";
import { hidden, secretWord } from "./testing/secrets.ts";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({
  spanProcessors: [new RedactingProcessor(), new SimpleSpanProcessor({ exporter })],
});
const tracer = provider.getTracer("test");

function exported(secret: string, text: string): string {
  exporter.reset();
  const span = tracer.startSpan("GET", { attributes: { "url.path": text, "url.query": `token=${secret}` } });
  span.setAttributes({ "user_agent.original": text, "url.full": `http://h/?token=${secret}` });
  span.recordException(new Error(text));
  span.setStatus({ code: SpanStatusCode.ERROR, message: text });
  span.end();
  const [done] = exporter.getFinishedSpans();
  if (!done) throw new Error("no span was exported");
  return JSON.stringify([done.attributes, done.events, done.status]);
}

test("no secret is exported with a span: not in its attributes, its exceptions or its status", () => {
  fc.assert(
    fc.property(secretWord, fc.constantFrom(...hidden), (secret, { hide }) => {
      expect(exported(secret, hide(secret))).not.toContain(secret);
    }),
  );
});

test("the rest of a span stays", () => {
  const text = exported("x", "/api/projects/7");
  expect(text).toContain("/api/projects/7");
  expect(text).toContain("http://h/?token=REDACTED");
});
