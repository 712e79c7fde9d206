import { isSpanContextValid, TraceFlags, trace } from "@opentelemetry/api";
import { unsampledIds } from "./sample-first.ts";

/** Identifiers that join a log line, a metric's exemplar, an error body and a trace. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
  /** Two hex digits as in `traceparent`; `01` = the trace is exported. */
  readonly trace_flags: string;
}

/** Of the request or the span of the moment; undefined outside of both and for probes, which are not traced. */
export function traceIds(): TraceIds | undefined {
  const unsampled = unsampledIds();
  if (unsampled) return unsampled;
  const context = trace.getActiveSpan()?.spanContext();
  if (!context || !isSpanContextValid(context)) return undefined;
  return {
    trace_id: context.traceId,
    span_id: context.spanId,
    trace_flags: context.traceFlags.toString(16).padStart(2, "0"),
  };
}

/** Whether the trace will be found in the trace store; a link to an unsampled trace leads nowhere. */
export function isSampled(ids: TraceIds): boolean {
  return (Number.parseInt(ids.trace_flags, 16) & TraceFlags.SAMPLED) !== 0;
}
