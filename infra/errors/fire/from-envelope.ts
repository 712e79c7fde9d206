import { z } from "zod";
import type { TrackerProject } from "../projects.ts";
import { fingerprintOf, sentryException } from "./grouping.ts";
import type { EventItem, FieldValue, Item, SessionItem, SpanItem } from "./item.ts";

/** Sentry's numbers. */
const levels = { debug: 10, info: 20, warning: 30, error: 40, fatal: 50 } as const;

const time = z.union([
  z.number().transform((seconds) => seconds * 1000),
  z.iso.datetime({ offset: true }).transform(Date.parse),
]);
const tagValue = z.union([z.string(), z.number(), z.boolean()]);
const shared = { timestamp: time, environment: z.string().default("production"), release: z.string().optional() };

const eventShape = z.object({
  ...shared,
  level: z.enum(Object.keys(levels) as [keyof typeof levels]).default("error"),
  message: z.string().optional(),
  logentry: z.object({ formatted: z.string().optional(), message: z.string().optional() }).optional(),
  transaction: z.string().optional(),
  tags: z.record(z.string(), tagValue).default({}),
  fingerprint: z.array(z.string()).optional(),
  exception: z.object({ values: z.array(sentryException).default([]) }).optional(),
});

const transactionShape = z.object({
  ...shared,
  start_timestamp: time,
  transaction: z.string().default(""),
  contexts: z.object({ trace: z.object({ op: z.string().default("default"), status: z.string().default("ok") }) }),
  measurements: z.record(z.string(), z.object({ value: z.number() })).default({}),
  tags: z.record(z.string(), tagValue).default({}),
});

const attrs = z.object({ environment: z.string().default("production"), release: z.string() });
const sessionStatus = z.enum(["ok", "exited", "crashed", "abnormal", "unhandled"]);
const sessionShape = z.object({ sid: z.string(), timestamp: time, status: sessionStatus.default("ok"), attrs });
const count = z.int().min(0).default(0);
const sessionsShape = z.object({
  aggregates: z.array(z.object({ started: time, exited: count, errored: count, crashed: count, abnormal: count })),
  attrs,
});

/** One item of an envelope: its type, and its payload as it was parsed. */
export interface EnvelopeItem {
  readonly type: string;
  readonly payload: unknown;
}

/** An envelope is lines of JSON: its own head, then for each item a head and a payload. */
export function envelopeItems(envelope: string): EnvelopeItem[] {
  const [, ...lines] = envelope.split("\n").filter((line) => line !== "");
  return Array.from({ length: Math.floor(lines.length / 2) }, (_, at) => {
    const head = z.object({ type: z.string() }).parse(JSON.parse(lines[2 * at] ?? ""));
    return { type: head.type, payload: JSON.parse(lines[2 * at + 1] ?? "") as unknown };
  });
}

/**
 * What Sentry counts of envelopes, in the order of their arrival: events, transactions as the spans that they are, visits as
 * they ended. Types that no rule asks for, such as client reports, are left out.
 * @throws ZodError for an item that Sentry would not take
 */
export function fromEnvelopeItems(items: readonly EnvelopeItem[], project: TrackerProject): Item[] {
  const visits = new Map<string, SessionItem>();
  const others = items.flatMap(({ type, payload }): Item[] => {
    if (type === "event") return [eventItem(payload, project)];
    if (type === "transaction") return [transactionItem(payload, project)];
    if (type === "sessions") return countedVisits(payload, project);
    if (type === "session") {
      const { sid, status, timestamp, attrs: facts } = sessionShape.parse(payload);
      // A visit is told of at its start and again when its status changes; it counts once.
      visits.set(sid, visit(project, timestamp, facts, { count: 1, crashed: status === "crashed" }));
    }
    return [];
  });
  return [...others, ...visits.values()];
}

function eventItem(payload: unknown, project: TrackerProject): EventItem {
  const event = eventShape.parse(payload);
  const { level, transaction, release, environment, tags, exception } = event;
  const message = event.message ?? event.logentry?.formatted ?? event.logentry?.message;
  const exceptions = exception?.values ?? [];
  return {
    kind: "event",
    type: exceptions.length > 0 ? "error" : "default",
    project,
    timeMs: event.timestamp,
    environment,
    level: levels[level],
    group: fingerprintOf({ fingerprint: event.fingerprint, exceptions, message, transaction }),
    fields: { ...tags, level, ...present({ message, transaction, release }) },
  };
}

function transactionItem(payload: unknown, project: TrackerProject): SpanItem {
  const { contexts, measurements, tags, ...span } = transactionShape.parse(payload);
  const { op, status } = contexts.trace;
  const measured = Object.entries(measurements).map(([name, { value }]) => [`measurements.${name}`, value] as const);
  return {
    kind: "span",
    project,
    timeMs: span.timestamp,
    environment: span.environment,
    failed: !["ok", "cancelled", "unknown"].includes(status),
    fields: {
      ...tags,
      ...Object.fromEntries(measured),
      ...present({ release: span.release }),
      is_transaction: true,
      transaction: span.transaction,
      "span.op": op,
      "span.status": status,
      "span.duration": span.timestamp - span.start_timestamp,
    },
  };
}

/** As servers and some browsers send them: numbers for each minute. */
function countedVisits(payload: unknown, project: TrackerProject): SessionItem[] {
  const { aggregates, attrs: facts } = sessionsShape.parse(payload);
  return aggregates.flatMap(({ started, exited, errored, crashed, abnormal }) => [
    visit(project, started, facts, { count: crashed, crashed: true }),
    visit(project, started, facts, { count: exited + errored + abnormal, crashed: false }),
  ]);
}

function visit(
  project: TrackerProject,
  timeMs: number,
  { environment, release }: z.infer<typeof attrs>,
  counted: Pick<SessionItem, "count" | "crashed">,
): SessionItem {
  return { kind: "session", project, timeMs, environment, fields: { release }, ...counted };
}

const present = (fields: Readonly<Record<string, FieldValue | undefined>>): Record<string, FieldValue> =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
