import type { MetricTrigger } from "../alert-rule.ts";
import { parseAggregate } from "./aggregate.ts";
import type { Item, Observed } from "./item.ts";
import { matches, parseQuery } from "./query.ts";
import { shortNumber, type Verdict } from "./verdict.ts";

const kindOf = { events: "event", events_analytics_platform: "span", metrics: "session" } as const satisfies Readonly<
  Record<MetricTrigger["dataset"], Item["kind"]>
>;

/**
 * The monitor's question at one moment: the window that ends then, the items of its project, dataset and types that hold every term,
 * their aggregate, the bounds.
 * @param atMs end of the window, itself inside
 */
export function evaluateMetric(trigger: MetricTrigger, { items }: Observed, atMs: number): Verdict {
  const terms = parseQuery(trigger.query);
  const aggregate = parseAggregate(trigger.aggregate);
  const fromMs = atMs - trigger.windowSeconds * 1000;
  const matched = items.filter(
    (item) =>
      item.project === trigger.project &&
      item.timeMs > fromMs &&
      item.timeMs <= atMs &&
      isOfDataset(trigger, item) &&
      terms.every((term) => matches(term, item)),
  );
  const value = aggregate(matched);
  const level = levelOf(trigger, value);
  const threshold = level === "critical" ? trigger.critical : trigger.warning;
  return { fires: level !== "none", level, value, threshold, matched, because: because(trigger, { value, level }) };
}

/** A type that a monitor does not ask for is not counted, whatever its tags say. */
function isOfDataset({ dataset, eventTypes }: MetricTrigger, item: Item): boolean {
  if (item.kind !== kindOf[dataset]) return false;
  if (item.kind === "event") return eventTypes.includes(item.type);
  return item.kind !== "span" || eventTypes.includes("trace_item_span");
}

function levelOf({ direction, critical, warning }: MetricTrigger, value: number | undefined): Verdict["level"] {
  if (value === undefined) return "none";
  const leaves = (bound: number) => (direction === "above" ? value > bound : value < bound);
  if (leaves(critical)) return "critical";
  return leaves(warning) ? "warning" : "none";
}

function because(trigger: MetricTrigger, { value, level }: Pick<Verdict, "value" | "level">): string {
  const { aggregate, windowSeconds, direction } = trigger;
  if (value === undefined) return `${aggregate} had nothing to measure within ${windowSeconds} s`;
  const bound = level === "critical" ? trigger.critical : trigger.warning;
  const name = level === "none" ? "warning" : level;
  const how = level === "none" ? `not ${direction}` : direction;
  return `${aggregate} was ${shortNumber(value)} within ${windowSeconds} s, ${how} the ${name} bound of ${bound}`;
}
