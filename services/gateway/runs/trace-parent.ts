import { type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import { traceIds } from "../telemetry/trace-ids.ts";

/** The request or span of the moment as the header traceparent has it, sampled or not; null outside of both. */
export function traceParent(): string | null {
  const ids = traceIds();
  return ids ? `00-${ids.trace_id}-${ids.span_id}-${ids.trace_flags}` : null;
}

/**
 * Where a run's span belongs: below the request that started it, also after that request is over and in another
 * process. A request that was not sampled has a run that is not either.
 */
export function contextOf(parent: string | null): Context {
  const spanContext = parent === null ? null : parseTraceParent(parent);
  return spanContext ? trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote: true }) : ROOT_CONTEXT;
}
