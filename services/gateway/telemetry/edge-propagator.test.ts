import { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { EdgePropagator } from "./edge-propagator.ts";

const propagator = new EdgePropagator({ forwardBaggage: true });
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

function passedOn(headers: Record<string, string | string[]>): Record<string, string> {
  const context = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  const sent: Record<string, string> = {};
  propagator.inject(context, sent, defaultTextMapSetter);
  return sent;
}
const entries = (count: number, value = "1") =>
  Array.from({ length: count }, (_, number) => `k${number}=${value}`).join(",");

test("what is within the limits goes on", () => {
  const headers = { traceparent, tracestate: "vendor=1", baggage: entries(64) };
  expect(passedOn(headers)).toEqual(headers);
});

test.each([
  ["64 kB", entries(60, "x".repeat(1100))],
  ["one entry of 9 kB", `k=${"x".repeat(9_000)}`],
  ["200 entries", entries(200)],
  ["65 entries", entries(65)],
  ["several headers that are too much together", [entries(40), entries(40)]],
])("baggage of %s is not passed on, not even a part of it", (_what, baggage) => {
  expect(passedOn({ traceparent, baggage })).toEqual({ traceparent });
});

test("line ends in baggage stay encoded", () => {
  const { baggage } = passedOn({ baggage: "k=a%0d%0ax-injected:%201" });
  expect(baggage).toBe("k=a%0D%0Ax-injected%3A%201");
});

test.each([
  ["600 bytes", `vendor=${"x".repeat(600)}`],
  ["33 members", Array.from({ length: 33 }, (_, number) => `v${number}=${"x".repeat(20)}`).join(",")],
])("tracestate of %s does not go on as it came", (_what, tracestate) => {
  const sent = passedOn({ traceparent, tracestate });
  expect(sent.traceparent).toBe(traceparent);
  expect(sent.tracestate?.length ?? 0).toBeLessThanOrEqual(512);
  expect((sent.tracestate ?? "").split(",").length).toBeLessThanOrEqual(32);
});

test.each([
  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  `${traceparent}, ${traceparent}`,
  "x".repeat(1000),
])("a traceparent of %s is nobody's parent", (broken) => {
  const context = propagator.extract(ROOT_CONTEXT, { traceparent: broken }, defaultTextMapGetter);
  expect(trace.getSpanContext(context)).toBeUndefined();
});

test("without baggage among the propagators there is none", () => {
  const traceOnly = new EdgePropagator({ forwardBaggage: false });
  const context = traceOnly.extract(ROOT_CONTEXT, { baggage: "k=1" }, defaultTextMapGetter);
  expect(propagation.getBaggage(context)).toBeUndefined();
});
