import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { redactUrl } from "./redact-url.ts";

const urlAttributes = ["url.query", "url.full", "http.url", "http.target"] as const;

/** Stands before the exporter's processor: the instrumentations themselves mask only a few cloud signatures. */
export class RedactingProcessor implements SpanProcessor {
  onStart(span: Span): void {
    redactAttributes(span);
  }
  /** Attributes that an instrumentation adds after the start, such as the final URL of a redirect. */
  onEnding(span: Span): void {
    redactAttributes(span);
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

function redactAttributes(span: Span): void {
  for (const key of urlAttributes) {
    const value = span.attributes[key];
    if (typeof value !== "string") continue;
    const shown = redactUrl(value);
    if (shown !== value) span.setAttribute(key, shown);
  }
}
