import { type Span, type SpanOptions, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("gateway");

/** Runs `work` in a span of its own. Failures are recorded on the span and thrown on unchanged; the span ends exactly once. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => T | Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Marks a span as failed with the error's own code, such as an SQLSTATE, where it has one. */
export function recordFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  const code = "code" in failure && typeof failure.code === "string" ? failure.code : failure.name;
  span.recordException(failure);
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
}
