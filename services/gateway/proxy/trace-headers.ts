import type { OutgoingHttpHeaders } from "node:http";
import { context, propagation } from "@opentelemetry/api";
import { unsampledIds } from "../telemetry/sample-first.ts";

/**
 * Of a request that is not sampled, adds what its upstream has to know of the trace. The instrumentation then leaves it alone: it
 * would make a span that nobody sees. Of a sampled one the instrumentation adds its span's ids itself.
 */
export function addTrace(headers: OutgoingHttpHeaders): void {
  if (unsampledIds() !== undefined) propagation.inject(context.active(), headers);
}
