import type { Item, SessionItem, SpanItem } from "./item.ts";
import { QueryError } from "./query.ts";

/** Undefined where there is nothing to take it of: a monitor without data is silent. */
export type Aggregate = (items: readonly Item[]) => number | undefined;

const percentiles: Readonly<Record<string, number>> = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 };

/** `name(arguments)`, and the name that Sentry wants a crash rate to be called by. */
const form = /^(?<name>[a-z]\w*)\((?<args>[^()]*)\)(?: AS \w+)?$/;

/**
 * Reads an aggregate as Sentry writes it.
 * @throws QueryError that names it when it is outside the part that is evaluated
 */
export function parseAggregate(text: string): Aggregate {
  const { name = "", args = "" } = form.exec(text.trim())?.groups ?? {};
  const list = args
    .split(",")
    .map((arg) => arg.trim())
    .filter((arg) => arg !== "");
  const [first, second] = list;
  const share = percentiles[name];
  if (name === "count" && list.length === 0) return (items) => items.length;
  if (name === "failure_rate" && list.length === 0) return failureRate;
  if (share !== undefined && first !== undefined && list.length === 1)
    return (items) => percentile(items, first, share);
  if (name === "percentage" && first === "sessions_crashed" && second === "sessions" && list.length === 2)
    return crashFree;
  throw new QueryError(`the aggregate ${JSON.stringify(text)} is outside the part that is evaluated`);
}

/** A fraction from 0 to 1: spans whose status says that they failed. */
function failureRate(items: readonly Item[]): number | undefined {
  const spans = items.filter((item): item is SpanItem => item.kind === "span");
  return spans.length === 0 ? undefined : spans.filter(({ failed }) => failed).length / spans.length;
}

/** A crash-rate monitor is asked for crashes and compares what is left of a hundred. */
function crashFree(items: readonly Item[]): number | undefined {
  const sessions = items.filter((item): item is SessionItem => item.kind === "session");
  const all = sum(sessions);
  return all === 0 ? undefined : 100 * (1 - sum(sessions.filter(({ crashed }) => crashed)) / all);
}

const sum = (sessions: readonly SessionItem[]): number => sessions.reduce((total, { count }) => total + count, 0);

/** Between the two nearest ranks the value lies on the line between them. */
function percentile(items: readonly Item[], field: string, share: number): number | undefined {
  const values = items
    .map(({ fields }) => (Object.hasOwn(fields, field) ? fields[field] : undefined))
    .filter((value) => typeof value === "number")
    .sort((a, b) => a - b);
  const rank = share * (values.length - 1);
  const below = values[Math.floor(rank)];
  const above = values[Math.ceil(rank)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (rank - Math.floor(rank));
}
