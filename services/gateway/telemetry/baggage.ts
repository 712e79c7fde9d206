import type { Context, TextMapGetter } from "@opentelemetry/api";
import { defaultTextMapGetter } from "@opentelemetry/api";
import { W3CBaggagePropagator } from "@opentelemetry/core";

/** The least that every implementation of W3C Baggage must pass on, and so the most that a client may make us pass on. */
const maxBytes = 8192;
const maxEntries = 64;

const propagator = new W3CBaggagePropagator();

/** The context with the caller's baggage; without it when that is over the limits. Cut baggage would say half of something. */
export function withBaggage(
  context: Context,
  carrier: unknown,
  getter: TextMapGetter<unknown> = defaultTextMapGetter as TextMapGetter<unknown>,
): Context {
  const header = getter.get(carrier, "baggage");
  if (header === undefined || !fits(Array.isArray(header) ? header.join(",") : header)) return context;
  return propagator.extract(context, carrier, getter);
}

function fits(header: string): boolean {
  if (header.length > maxBytes) return false;
  let entries = 1;
  for (let at = header.indexOf(","); at !== -1; at = header.indexOf(",", at + 1)) entries += 1;
  return entries <= maxEntries;
}
