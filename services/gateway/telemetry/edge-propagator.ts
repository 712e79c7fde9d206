import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from "@opentelemetry/api";
import { isTracingSuppressed, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { withBaggage } from "./baggage.ts";
import { unsampledIds, unsampledState } from "./sample-first.ts";

/**
 * W3C Trace Context and Baggage within limits. A request that is not sampled has ids of its own and no span, and those go on to the
 * upstream: its log lines then have the trace id that the client was told.
 */
export class EdgePropagator implements TextMapPropagator {
  readonly #trace = new W3CTraceContextPropagator();
  readonly #baggage: W3CBaggagePropagator | undefined;

  constructor(options: { readonly forwardBaggage: boolean }) {
    this.#baggage = options.forwardBaggage ? new W3CBaggagePropagator() : undefined;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const ids = unsampledIds(context);
    if (ids === undefined) this.#trace.inject(context, carrier, setter);
    else if (!isTracingSuppressed(context)) {
      setter.set(carrier, "traceparent", `00-${ids.trace_id}-${ids.span_id}-00`);
      const state = unsampledState(context);
      if (state !== undefined) setter.set(carrier, "tracestate", state);
    }
    this.#baggage?.inject(context, carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const traced = this.#trace.extract(context, carrier, getter);
    return this.#baggage ? withBaggage(traced, carrier, getter) : traced;
  }

  fields(): string[] {
    return ["traceparent", "tracestate", "baggage"];
  }
}
