import { trackerProjects } from "@golive/infra/errors/projects.ts";
import { z } from "zod";
import { oneLine } from "../core/one-line.ts";
import type { World } from "../core/world.ts";
import { type Answer, askJson } from "./ask.ts";

export interface TrackedError {
  /** Id that the sender gave it, 32 hex digits. */
  readonly eventId: string;
  /** `Error: out of paper`. */
  readonly title: string;
  readonly project: string;
  /** `BACKEND-12`, and how many events the issue has; undefined for an event that was asked for by its id. */
  readonly issue: { readonly name: string; readonly events: number } | undefined;
  /** ISO 8601. */
  readonly time: string;
  /** Innermost place in our own code, `file:line in function`. */
  readonly place: string | undefined;
  readonly facts: Readonly<Record<string, string>>;
  readonly traceId: string | undefined;
  readonly page: string;
}

/** Where the tracker is and what it is read with. */
export interface Tracker {
  /** Such as http://localhost:8001. */
  readonly origin: string;
  readonly token: string;
}

/** Issues and events of one trace that are looked at: an error that is thrown twice is two. */
const most = 5;

const frame = z.object({
  filename: z.string().nullish(),
  function: z.string().nullish(),
  lineno: z.number().nullish(),
  in_app: z.boolean().nullish(),
});
const exception = z.object({
  type: z.string().nullish(),
  value: z.string().nullish(),
  stacktrace: z.object({ frames: z.array(frame).nullish() }).nullish(),
});
/** What an SDK sent may be anything: a part that is not as expected is left out, and the others are shown. */
const lenient = <T extends z.ZodType>(part: T) => part.nullish().catch(undefined);
const text = lenient(z.string());
/** An event as Bugsink gives it out: its own ids around what the SDK sent. */
const storedEvent = z.object({
  id: z.string(),
  event_id: z.string(),
  issue: z.string(),
  project: z.number(),
  timestamp: z.string(),
  data: z.object({
    exception: lenient(z.object({ values: z.array(exception).nullish() })),
    logentry: lenient(z.object({ message: text, formatted: text })),
    message: text,
    level: text,
    environment: text,
    release: text,
    transaction: text,
    tags: lenient(z.object({ subsystem: text })),
    user: lenient(z.object({ id: z.union([z.string(), z.number()]).nullish() })),
    contexts: lenient(z.object({ trace: lenient(z.object({ trace_id: text })) })),
  }),
});
type StoredEvent = z.output<typeof storedEvent>;
const pageOf = <T extends z.ZodType>(row: T) => z.object({ results: z.array(row) });
const issueRow = z.object({ id: z.string(), friendly_id: z.string(), digested_event_count: z.number() });
type IssueRow = z.output<typeof issueRow>;

/** The event with this id, in whichever project it is. */
export async function readEvent(world: World, tracker: Tracker, eventId: string): Promise<Answer<TrackedError>> {
  const asked = Object.values(trackerProjects).map((project) =>
    get(world, tracker, `events/lookup/?project=${project}&event_id=${eventId}`, storedEvent),
  );
  const answers = await Promise.all(asked);
  const found = answers.find((answer) => "found" in answer);
  if (found) return { found: errorOf(tracker, found.found, undefined) };
  return answers.find((answer) => "silent" in answer) ?? { nothing: "it has no event with this id" };
}

/** The errors of a trace, newest of each issue. */
export async function readErrors(world: World, tracker: Tracker, traceId: string): Promise<Answer<TrackedError[]>> {
  const issues = await get(world, tracker, `issues/?q=trace:${traceId}`, pageOf(issueRow));
  if (!("found" in issues)) return issues;
  const errors: TrackedError[] = [];
  for (const issue of issues.found.results.slice(0, most)) {
    const events = await get(
      world,
      tracker,
      `events/?issue=${encodeURIComponent(issue.id)}&q=trace:${traceId}`,
      pageOf(z.object({ id: z.string() })),
    );
    if ("silent" in events) return events;
    const [newest] = "found" in events ? events.found.results : [];
    if (!newest) continue;
    const event = await get(world, tracker, `events/${encodeURIComponent(newest.id)}/`, storedEvent);
    if ("silent" in event) return event;
    if ("found" in event) errors.push(errorOf(tracker, event.found, issue));
  }
  return errors.length > 0 ? { found: errors } : { nothing: "it has no error of this trace" };
}

async function get<T>(world: World, tracker: Tracker, path: string, schema: z.ZodType<T>): Promise<Answer<T>> {
  const answer = await askJson(world, `${tracker.origin}/api/canonical/0/${path}`, {
    headers: { authorization: `Bearer ${tracker.token}` },
    expected: [200, 404],
  });
  if ("silent" in answer) return answer;
  if (answer.status === 404) return { nothing: "it has no such thing" };
  const parsed = schema.safeParse(answer.body);
  return parsed.success ? { found: parsed.data } : { silent: `${tracker.origin} answers something unexpected` };
}

function errorOf({ origin }: Tracker, event: StoredEvent, issue: IssueRow | undefined): TrackedError {
  const { data } = event;
  const project = Object.entries(trackerProjects).find(([, id]) => id === event.project)?.[0];
  const traceId = data.contexts?.trace?.trace_id?.toLowerCase();
  const facts = {
    level: data.level,
    transaction: data.transaction,
    environment: data.environment,
    release: data.release,
    subsystem: data.tags?.subsystem,
    user: data.user?.id,
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null);
  return {
    eventId: event.event_id.replaceAll("-", ""),
    title: titleOf(data),
    project: project ?? `project ${event.project}`,
    issue: issue && { name: oneLine(issue.friendly_id), events: issue.digested_event_count },
    time: oneLine(event.timestamp),
    place: placeOf(data),
    facts: Object.fromEntries(known.map(([key, value]) => [key, oneLine(String(value))])),
    traceId: traceId && /^[0-9a-f]{32}$/.test(traceId) ? traceId : undefined,
    page: `${origin}/issues/issue/${encodeURIComponent(event.issue)}/event/${encodeURIComponent(event.id)}/`,
  };
}

function titleOf({ exception, logentry, message }: StoredEvent["data"]): string {
  // The SDK lists causes first; the error that was thrown last comes last.
  const thrown = exception?.values?.at(-1);
  if (thrown) return oneLine(`${thrown.type ?? "Error"}: ${thrown.value ?? ""}`);
  return oneLine(logentry?.formatted ?? logentry?.message ?? message ?? "an event without a message");
}

function placeOf({ exception }: StoredEvent["data"]): string | undefined {
  const frames = exception?.values?.at(-1)?.stacktrace?.frames ?? [];
  // Innermost last. Without code of ours in it, the innermost at all.
  const at = frames.findLast((one) => one.in_app === true) ?? frames.at(-1);
  if (!at) return undefined;
  return oneLine(`${at.filename ?? "?"}:${at.lineno ?? "?"} in ${at.function ?? "?"}`);
}
