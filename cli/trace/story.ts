import { elapsed } from "../core/elapsed.ts";
import { type Answer, isFound, reasonOf } from "./ask.ts";
import type { Exemplar } from "./exemplars.ts";
import { type LogLine, logText } from "./log-lines.ts";
import type { Span } from "./spans.ts";
import type { TrackedError } from "./tracker.ts";
import { type Look, microseconds, waterfall } from "./waterfall.ts";

/** What each source has of one trace. */
export interface Story {
  readonly traceId: string;
  /** Set when an event's id was asked for: the trace is the event's. */
  readonly event: TrackedError | undefined;
  readonly spans: Answer<readonly Span[]>;
  readonly logs: Answer<readonly LogLine[]>;
  readonly errors: Answer<readonly TrackedError[]>;
  readonly exemplars: Answer<readonly Exemplar[]>;
  /** Where each source shows more; undefined where the stack has no such source. */
  readonly pages: { readonly spans: string | undefined; readonly exemplars: string | undefined };
}

const sources = ["spans", "logs", "errors", "exemplars"] as const;

/** How it went: found somewhere; asked and found nowhere; or nobody could be asked. */
export function outcome(story: Story): "found" | "nothing" | "silent" {
  if (story.event !== undefined || sources.some((name) => "found" in story[name])) return "found";
  return sources.some((name) => "nothing" in story[name]) ? "nothing" : "silent";
}

/** The story for people: what happened, what was written, what broke, what was measured, and where to look further. */
export function storyText(story: Story, look: Look, now: Date): string {
  const { spans, logs, errors, exemplars, pages } = story;
  const lines = [headline(story, now)];
  lines.push("", ...section("Spans", spans, (found) => waterfall(found, look), unsampled(story)));
  lines.push("", ...section("Log", logs, (found) => found.map((line) => `  ${logText(line)}`)));
  lines.push("", ...section("Errors", errors, (found) => found.flatMap(errorLines)));
  lines.push("", ...section("Metrics", exemplars, (found) => found.map(exemplarLine)));
  const links = [
    ["spans", isFound(spans) ? pages.spans : undefined],
    ...(isFound(errors) ? errors.found : []).map(({ page }) => ["error", page]),
    ["metric", isFound(exemplars) ? pages.exemplars : undefined],
  ].filter((row): row is [string, string] => row[1] !== undefined);
  if (links.length > 0) lines.push("", "See also:", ...links.map(([what, page]) => `  ${what.padEnd(6)}  ${page}`));
  return lines.join("\n");
}

function headline({ traceId, event, spans }: Story, now: Date): string {
  const parts = [`trace ${traceId}`];
  if (event) parts.push(`of event ${event.eventId}`);
  if (!isFound(spans)) return parts.join(" ");
  const from = Math.min(...spans.found.map(({ start }) => start));
  const to = Math.max(...spans.found.map(({ start, duration }) => start + duration));
  const failed = spans.found.filter((span) => span.failed).length;
  const services = new Set(spans.found.map(({ service }) => service));
  const ago = Math.max(0, now.getTime() - from / 1000);
  return [
    parts.join(" "),
    `${count(spans.found.length, "span")} of ${[...services].join(", ")}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    microseconds(to - from),
    `${elapsed(ago)} ago`,
  ].join(", ");
}

function section<T>(title: string, answer: Answer<T>, draw: (found: T) => string[], more?: string): string[] {
  if (isFound(answer)) return [`${title}:`, ...draw(answer.found)];
  const why = "nothing" in answer && more !== undefined ? `${answer.nothing}: ${more}` : reasonOf(answer);
  return [`${title}: none, ${why}`];
}

/** The one reason for a missing trace that other sources know of. */
function unsampled({ logs, event, errors }: Story): string | undefined {
  const said = isFound(logs) ? logs.found.find(({ sampled }) => sampled !== undefined) : undefined;
  if (said?.sampled === false) return "the request was not sampled, as its log line says";
  if (said?.sampled === true) return "the request was sampled, so it is older than what is kept, or still on its way";
  if (event || isFound(errors)) return undefined;
  return "not sampled, older than what is kept, or not there yet (some ten seconds)";
}

function errorLines(error: TrackedError): string[] {
  const { title, issue, project, place, facts, time, eventId } = error;
  const of = issue ? `${issue.name}, ${count(issue.events, "event")}` : project;
  const pairs = Object.entries(facts).map(
    ([key, value]) => `${key}=${/\s/.test(value) ? JSON.stringify(value) : value}`,
  );
  return [
    `  ${title} (${of})`,
    ...(place === undefined ? [] : [`    at ${place}`]),
    `    ${[`event=${eventId}`, `time=${time}`, ...pairs].join(" ")}`,
  ];
}

function exemplarLine({ metric, labels, value, time }: Exemplar): string {
  const shown = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
  return `  ${metric}{${shown.join(",")}} ${value} at ${time}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The same for programs. A source without a find says why instead. */
export function storyJson(story: Story): Record<string, unknown> {
  const of = (answer: Answer<unknown>) => (isFound(answer) ? { found: answer.found } : { reason: reasonOf(answer) });
  return {
    traceId: story.traceId,
    ...(story.event ? { event: story.event.eventId } : {}),
    spans: of(story.spans),
    logs: of(story.logs),
    errors: of(story.errors),
    exemplars: of(story.exemplars),
    pages: story.pages,
  };
}
