import { type Span, type SpanOptions, SpanStatusCode, trace } from "@opentelemetry/api";
import { redactText } from "./redact-text.ts";

const tracer = trace.getTracer("gateway");

/**
 * Runs `work` in a span of its own, which is the active one inside. What `work` returns is returned as it is: a promise stays a
 * promise, anything else is there at once. What it throws or rejects with, an Error or not, is recorded on the span and thrown on
 * unchanged. The span ends exactly once: when `work` has returned, or when its promise has settled.
 *
 * @param name what is done, without ids: traces are searched by it
 */
export function withSpan<T>(name: string, work: (span: Span) => T): T;
export function withSpan<T>(name: string, options: SpanOptions, work: (span: Span) => T): T;
export function withSpan<T>(
  name: string,
  ...[first, second]: [(span: Span) => T] | [SpanOptions, (span: Span) => T]
): T {
  const [options, work] = typeof first === "function" ? [{}, first] : [first, second as (span: Span) => T];
  return tracer.startActiveSpan(name, options, (span) => run(span, work));
}

function run<T>(span: Span, work: (span: Span) => T): T {
  let result: T;
  try {
    result = work(span);
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (!isPromise(result)) {
    span.end();
    return result;
  }
  return result.then(
    (value) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      fail(span, error);
      throw error;
    },
  ) as T;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

function fail(span: Span, error: unknown): void {
  recordFailure(span, error);
  span.end();
}

/** Marks a span as failed with the error's own code, such as an SQLSTATE, where it has one. */
export function recordFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(described(error));
  const code = "code" in failure && typeof failure.code === "string" ? failure.code : failure.name;
  const message = redactText(failure.message);
  span.recordException({ name: code, message, stack: redactText(failure.stack ?? "") });
  span.setAttribute("error.type", error instanceof Error ? code : typeof error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** What was thrown that is no Error; one that cannot be turned into text must not hide the failure itself. */
function described(thrown: unknown): string {
  try {
    return `${typeof thrown} was thrown: ${String(thrown)}`;
  } catch {
    return `${typeof thrown} was thrown`;
  }
}
