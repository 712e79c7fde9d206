import type { AttributeValue } from "@opentelemetry/api";
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { redactAddress } from "./redact-address.ts";
import { redactText } from "./redact-text.ts";

/** Attributes that a client or an upstream fills. The others are the code's own words, and looking at them would cost for nothing. */
const filledFromOutside: Readonly<Record<string, (text: string) => string>> = {
  "url.query": redactAddress,
  "url.full": redactAddress,
  "http.url": redactAddress,
  "http.target": redactAddress,
  "url.path": redactAddress,
  "user_agent.original": redactText,
  "server.address": redactText,
  "http.request.method_original": redactText,
  "error.message": redactText,
};
const keys = Object.keys(filledFromOutside);

/** Stands before the exporter's processor: the instrumentations themselves mask only a few cloud signatures. */
export class RedactingProcessor implements SpanProcessor {
  onStart(): void {}
  /** Once, when everything is there: what an instrumentation adds late, and what it has recorded of an error. */
  onEnding(span: Span): void {
    redactAttributes(span);
    const { message } = span.status;
    if (message !== undefined) span.setStatus({ ...span.status, message: redactText(message) });
    for (const { attributes } of span.events) if (attributes) redactAll(attributes);
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

function redactAttributes(span: Span): void {
  for (const key of keys) {
    const value = span.attributes[key];
    if (typeof value !== "string") continue;
    const shown = filledFromOutside[key]?.(value);
    if (shown !== undefined && shown !== value) span.setAttribute(key, shown);
  }
}

/** Messages and stacks of exceptions. */
function redactAll(attributes: Record<string, AttributeValue | undefined>): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "string") attributes[key] = redactText(value);
  }
}
