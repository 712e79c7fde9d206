import { GoliveError } from "@golive/errors/golive-error.ts";

/**
 * 32 lower-case hex digits out of what people have at hand: a trace id, an event id of the tracker (with dashes or
 * without), or a whole `traceparent` header. A trace id and an event id look alike; only the tracker can tell.
 * @throws USAGE with the value given
 */
export function parseId(given: string): string {
  const text = given.trim().toLowerCase();
  const [, fromHeader] = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(text) ?? [];
  const [, ...parts] = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/.exec(text) ?? [];
  const id = fromHeader ?? parts.join("");
  // All zeros is what W3C's specification calls an invalid id.
  if (/^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id)) return id;
  throw new GoliveError(
    "USAGE",
    `"${given.slice(0, 80)}" is no id of a trace or an event`,
    "Give the 32 hex digits of the header x-trace-id, of trace_id in a log line or an error's answer, or of an event.",
  );
}
