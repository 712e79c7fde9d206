import { codes } from "@golive/errors/codes.ts";
import { stackFlag, text, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";
import { type Answer, isFound } from "./ask.ts";
import { exemplarsUrl, readExemplars, type Window } from "./exemplars.ts";
import { type LogLine, readLogLines } from "./log-lines.ts";
import { readSpans, type Span } from "./spans.ts";
import { outcome, type Story, storyJson, storyText } from "./story.ts";
import { parseId } from "./trace-id.ts";
import { readErrors, readEvent, type TrackedError, type Tracker } from "./tracker.ts";
import { readTrackerToken } from "./tracker-token.ts";

/** Around what is known of the trace: clocks differ, and a scrape comes after the request. */
const aroundMs = 5 * 60_000;
/** Where nothing is known of it. */
const dayMs = 24 * 3_600_000;

export const trace = verb({
  about: "tell what happened in one request: its spans, log lines, errors and metric",
  details:
    "Takes the id of a trace (32 hex digits: the header x-trace-id, trace_id of a log line or of an error's answer, a " +
    "whole traceparent) or of an event of the error tracker, asks Jaeger, the gateway's log, the tracker and " +
    "Prometheus, and tells what each has, or why it has nothing.",
  args: [{ name: "id", about: "of a trace, or of an event of the error tracker", required: true }],
  flags: { stack: stackFlag },
  json: true,
  examples: [
    { run: "golive trace 0af7651916cd43dd8448eb211c80319c", about: "the story of one request" },
    {
      run: "golive trace d1f15914-6d2f-4ba0-9cdd-a03fd686883b --json",
      about: "of the request of an error, for programs",
    },
  ],
  exits: ["CONFIG_INVALID", "CLUSTER_UNREACHABLE", "TRACE_NOT_FOUND"],
  async run(world, input) {
    const id = parseId(text(input, "id") ?? "");
    const settings = await readSettings(world, stackName(world, input));
    const story = await askAll(world, settings, id);
    const { columns, colour } = world.terminal;
    // The text goes to stdout, while the terminal was judged by stderr: into a pipe go no colours.
    const look = { columns, colour: colour && process.stdout.isTTY === true };
    const exits = { found: 0, nothing: codes.TRACE_NOT_FOUND.exit, silent: codes.CLUSTER_UNREACHABLE.exit };
    return { exit: exits[outcome(story)], json: storyJson(story), text: storyText(story, look, world.clock.now()) };
  },
});

async function askAll(world: World, settings: Settings, id: string): Promise<Story> {
  const origins = {
    jaeger: originOf(settings, "jaeger"),
    prometheus: originOf(settings, "prometheus"),
    bugsink: originOf(settings, "bugsink"),
  };
  const tracker = await trackerOf(world, settings, origins.bugsink);
  // An event's id looks like a trace's. Only the tracker can tell, so it is asked first.
  const byEvent: Answer<TrackedError> = "origin" in tracker ? await readEvent(world, tracker, id) : tracker;
  const event = isFound(byEvent) ? byEvent.found : undefined;
  const traceId = event?.traceId ?? id;
  const [spans, logs, errors] = await Promise.all([
    origins.jaeger === undefined ? absent("trace store") : readSpans(world, origins.jaeger, traceId),
    readLogLines(world, settings, traceId),
    "origin" in tracker ? readErrors(world, tracker, traceId) : tracker,
  ]);
  const window = windowOf(world, spans, logs, event ?? (isFound(errors) ? errors.found[0] : undefined));
  const { jaeger, prometheus } = origins;
  return {
    traceId,
    event,
    spans,
    logs,
    // An event without a trace is in none that could be searched for, and is a find all the same.
    errors: event && !isFound(errors) ? { found: [event] } : errors,
    exemplars:
      prometheus === undefined ? absent("Prometheus") : await readExemplars(world, prometheus, traceId, window),
    pages: {
      spans: jaeger && `${jaeger}/trace/${traceId}`,
      exemplars: prometheus && exemplarsUrl(prometheus, window),
    },
  };
}

const absent = (what: string): Answer<never> => ({ silent: `the stack publishes no ${what}` });

/** Origin of a published port, on this machine. */
function originOf({ config }: Settings, name: string): string | undefined {
  const endpoint = config.endpoints.find((one) => one.name === name);
  return endpoint && new URL(endpoint.health).origin;
}

async function trackerOf(
  world: World,
  settings: Settings,
  origin: string | undefined,
): Promise<Tracker | { silent: string }> {
  if (origin === undefined) return { silent: "the stack runs no tracker of its own (golive:errors.kind)" };
  const token = await readTrackerToken(world, settings);
  return "token" in token ? { origin, token: token.token } : token;
}

/** When to look for the metric. */
function windowOf(
  world: World,
  spans: Answer<readonly Span[]>,
  logs: Answer<readonly LogLine[]>,
  error: TrackedError | undefined,
): Window {
  const times = [
    ...(isFound(spans) ? spans.found.flatMap(({ start, duration }) => [start / 1000, (start + duration) / 1000]) : []),
    ...(isFound(logs) ? logs.found.map(({ time }) => Date.parse(time)) : []),
    ...(error ? [Date.parse(error.time)] : []),
  ].filter(Number.isFinite);
  const now = world.clock.now().getTime();
  if (times.length === 0) return { from: now - dayMs, to: now };
  return { from: Math.min(...times) - aroundMs, to: Math.max(...times) + aroundMs };
}
