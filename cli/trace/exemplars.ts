import { z } from "zod";
import { oneLine } from "../core/one-line.ts";
import type { World } from "../core/world.ts";
import { type Answer, askJson } from "./ask.ts";

export interface Exemplar {
  readonly metric: string;
  /** Labels of the series, without those that say where it was scraped. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the metric's own unit. */
  readonly value: number;
  /** ISO 8601. */
  readonly time: string;
}

/** Milliseconds since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Histograms that carry exemplars: the gateway's requests, its calls to others, and what Jaeger makes of spans. */
const selector =
  '{__name__=~"http_(server|client)_request_duration_seconds_bucket|traces_span_metrics_duration_milliseconds_bucket"}';
/** Where a series was scraped says nothing about the request. */
const aside = new Set(["__name__", "instance", "job", "pod", "namespace", "le"]);

const answerOf = z.object({
  data: z.array(
    z.object({
      seriesLabels: z.record(z.string(), z.string()),
      exemplars: z.array(
        z.object({ labels: z.record(z.string(), z.string()), value: z.string(), timestamp: z.number() }),
      ),
    }),
  ),
});

/** The address that answers with all exemplars of a window. */
export function exemplarsUrl(origin: string, { from, to }: Window): string {
  const url = new URL("/api/v1/query_exemplars", origin);
  url.search = new URLSearchParams({
    query: selector,
    start: String(Math.floor(from / 1000)),
    end: String(Math.ceil(to / 1000)),
  }).toString();
  return url.href;
}

/** What Prometheus observed of a trace. @param origin such as http://localhost:9090 */
export async function readExemplars(
  world: World,
  origin: string,
  traceId: string,
  window: Window,
): Promise<Answer<Exemplar[]>> {
  const answer = await askJson(world, exemplarsUrl(origin, window));
  if ("silent" in answer) return answer;
  const parsed = answerOf.safeParse(answer.body);
  if (!parsed.success) return { silent: `${origin} answers something that is no list of exemplars` };
  const found = parsed.data.data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars
      .filter(({ labels }) => (labels.trace_id ?? labels.traceID) === traceId)
      // A bucket shows the same one at every scrape until the next request falls into it.
      .slice(0, 1)
      .map(({ value, timestamp }) => exemplarOf(seriesLabels, Number(value), timestamp)),
  );
  return found.length > 0
    ? { found }
    : { nothing: "it has no exemplar of this trace: of each bucket and scrape only the latest one is kept" };
}

function exemplarOf(labels: Readonly<Record<string, string>>, value: number, seconds: number): Exemplar {
  const own = Object.entries(labels).filter(([key]) => !aside.has(key));
  return {
    metric: oneLine(labels.__name__ ?? "").replace(/_bucket$/, ""),
    labels: Object.fromEntries(own.map(([key, text]) => [key, oneLine(text)])),
    value,
    time: new Date(seconds * 1000).toISOString(),
  };
}
