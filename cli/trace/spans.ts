import { z } from "zod";
import { oneLine } from "../core/one-line.ts";
import type { World } from "../core/world.ts";
import { type Answer, askJson } from "./ask.ts";

export interface Span {
  readonly id: string;
  /** Of the span that it is part of; undefined for the first one of a trace. */
  readonly parent: string | undefined;
  readonly service: string;
  readonly name: string;
  /** Microseconds since 1970. */
  readonly start: number;
  /** Microseconds. */
  readonly duration: number;
  readonly failed: boolean;
  /** Text only, and only what people look at first. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Attributes that say at a glance what a span did. All others are a click away. */
const telling = [
  "http.request.method",
  "http.route",
  "http.response.status_code",
  "url.full",
  "db.query.text",
  "error.type",
  "otel.status_description",
  "sentry.event_id",
] as const;

/** Jaeger's answer to `/api/traces/<id>`, as far as it is read; Jaeger adds to it freely. */
const jaegerTrace = z.object({
  spans: z.array(
    z.object({
      spanID: z.string(),
      operationName: z.string(),
      references: z.array(z.object({ refType: z.string(), spanID: z.string() })).nullish(),
      startTime: z.number(),
      duration: z.number(),
      tags: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
      processID: z.string(),
    }),
  ),
  processes: z.record(z.string(), z.object({ serviceName: z.string() })),
});
const jaegerAnswer = z.object({ data: z.array(jaegerTrace).nullable() });

/** The spans of a trace in Jaeger. @param origin of its API, such as http://localhost:16686 */
export async function readSpans(world: World, origin: string, traceId: string): Promise<Answer<Span[]>> {
  const answer = await askJson(world, `${origin}/api/traces/${traceId}`, { expected: [200, 404] });
  if ("silent" in answer) return answer;
  const parsed = jaegerAnswer.safeParse(answer.body);
  if (!parsed.success) return { silent: `${origin} answers something that is no trace` };
  const spans = (parsed.data.data ?? []).flatMap(spansOf);
  return spans.length > 0 ? { found: spans } : { nothing: "it has no span of this trace" };
}

function spansOf({ spans, processes }: z.output<typeof jaegerTrace>): Span[] {
  return spans.map((span) => {
    const tags = Object.fromEntries((span.tags ?? []).map(({ key, value }) => [key, String(value)]));
    const parent = (span.references ?? []).find(({ refType }) => refType === "CHILD_OF")?.spanID;
    return {
      id: span.spanID,
      parent,
      service: oneLine(processes[span.processID]?.serviceName ?? "unknown"),
      name: oneLine(span.operationName),
      start: span.startTime,
      duration: span.duration,
      failed: tags.error === "true" || tags["otel.status_code"] === "ERROR",
      attributes: Object.fromEntries(
        telling.flatMap((key) => (tags[key] === undefined ? [] : [[key, oneLine(tags[key])]])),
      ),
    };
  });
}
