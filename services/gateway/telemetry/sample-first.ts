import { EventEmitter } from "node:events";
import http, { type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import { type Context, context, createContextKey, createTraceState, ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import {
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import { withBaggage } from "./baggage.ts";
import type { TraceIds } from "./trace-ids.ts";

const idsKey = createContextKey("golive ids of a request that is not sampled");
const stateKey = createContextKey("golive tracestate of a request that is not sampled");
const generator = new RandomIdGenerator();

/** Of the request of the moment, when it was decided not to sample it: a trace id for its log lines and its answer, and no span. */
export function unsampledIds(of: Context = context.active()): TraceIds | undefined {
  return of.getValue(idsKey) as TraceIds | undefined;
}

/** What others want to know of its trace: goes on with the caller's trace id, within the standard's limits. */
export const unsampledState = (of: Context): string | undefined => of.getValue(stateKey) as string | undefined;

/** An event's name and what comes with it. */
type EventArguments = [event: string | symbol, ...rest: unknown[]];
type Emit = (this: Server, ...args: EventArguments) => boolean;

/** Undefined when the request is to be traced. The caller's trace id is kept; the caller's wish to be sampled is not. */
export type Decide = (request: IncomingMessage) => TraceIds | undefined;

/** By the trace id alone, as the SDK's own sampler of a ratio does: services that share the ratio decide alike. */
export function decideByRatio(ratio: number): Decide {
  const sampler = new TraceIdRatioBasedSampler(ratio);
  return ({ headers }) => {
    const caller = parseTraceParent(String(headers.traceparent ?? ""));
    const traceId = caller?.traceId ?? generator.generateTraceId();
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId);
    if (decision === SamplingDecision.RECORD_AND_SAMPLED) return undefined;
    return { trace_id: traceId, span_id: generator.generateSpanId(), trace_flags: "00" };
  };
}

/**
 * The SDK's sampler beside `sampleFirst`: a request that gets as far as a span was chosen, work inside one that was not chosen has
 * none, and what belongs to no request, such as a migration, is sampled by the ratio.
 */
export function samplerOfTheRest(ratio: number): Sampler {
  const rest = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  return {
    shouldSample(parent, traceId, name, kind, attributes, links) {
      if (parent.getValue(idsKey) !== undefined) return { decision: SamplingDecision.NOT_RECORD };
      if (kind === SpanKind.SERVER) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      return rest.shouldSample(parent, traceId, name, kind, attributes, links);
    },
    toString: () => `SampleFirst{${ratio}}`,
  };
}

/**
 * Decides about a request before the instrumentation of HTTP sees it. What is not sampled goes past it, with ids in the context and
 * no span, and so past those of express and Postgres, which do nothing without a parent. Left to the sampler, a request that nobody
 * will see has its attributes gathered and its emitters bound all the same: that was most of what tracing costs.
 *
 * What gets as far as a span is sampled then: `samplerOfTheRest` is the SDK's sampler. The decision stands before this one server,
 * not before every server of the process, and so it does not depend on when the instrumentation patches them.
 */
export function sampleFirst(server: Server, decide: Decide, isProbe: (request: IncomingMessage) => boolean): Server {
  const plain = EventEmitter.prototype.emit as Emit;
  server.emit = function emit(this: Server, ...args: EventArguments): boolean {
    const [event, request] = args;
    // Looked up each time: whatever the instrumentation has made of it.
    const traced = http.Server.prototype.emit as Emit;
    if (event !== "request" && event !== "upgrade") return traced.apply(this, args);
    if (isProbe(request as IncomingMessage)) return plain.apply(this, args);
    const ids = decide(request as IncomingMessage);
    if (ids === undefined) return traced.apply(this, args);
    const untraced = unsampledContext(ids, (request as IncomingMessage).headers);
    return context.with(untraced, () => plain.apply(this, args));
  };
  return server;
}

function unsampledContext(ids: TraceIds, headers: IncomingHttpHeaders): Context {
  const known = ROOT_CONTEXT.setValue(idsKey, ids);
  const isCallers = parseTraceParent(String(headers.traceparent ?? ""))?.traceId === ids.trace_id;
  const state = isCallers && headers.tracestate ? createTraceState(String(headers.tracestate)).serialize() : "";
  return withBaggage(state === "" ? known : known.setValue(stateKey, state), headers);
}
