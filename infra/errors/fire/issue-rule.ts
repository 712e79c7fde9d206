import type { AlertSeverity, IssueCondition, IssueTrigger } from "../alert-rule.ts";
import { type EventItem, type IssueStatus, issueOf, type Observed } from "./item.ts";
import type { Verdict } from "./verdict.ts";

const intervalMs = { "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000 } as const;

/** An event at the moment it arrives, with what its issue was and has seen. */
interface Arrival {
  readonly event: EventItem;
  /** Undefined: the issue begins with this event. */
  readonly before: IssueStatus | undefined;
  /** Events of the same issue up to this one, this one too. */
  readonly soFar: readonly EventItem[];
}

/** Each event as it comes: what it does to its issue, and whether all conditions hold then. */
export function evaluateIssue(trigger: IssueTrigger, observed: Observed, severity: AlertSeverity): Verdict {
  const arrivals = arrivalsOf(trigger, observed);
  const matched = arrivals.filter(
    (arrival) => begins(trigger, arrival) && trigger.conditions.every((condition) => holds(condition, arrival)),
  );
  const fires = matched.length > 0;
  const { value, threshold } = measured(trigger, arrivals, matched.length);
  return {
    fires,
    level: fires ? (severity === "page" ? "critical" : "warning") : "none",
    value,
    threshold,
    matched: matched.map(({ event }) => event),
    because: fires ? `${matched.length} of ${arrivals.length} events met it` : silence(trigger, arrivals),
  };
}

function arrivalsOf({ projects }: IssueTrigger, { items, issues }: Observed): Arrival[] {
  const status = new Map<string, IssueStatus>(issues);
  const history = new Map<string, EventItem[]>();
  return items
    .filter((item): item is EventItem => item.kind === "event" && projects.includes(item.project))
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map((event) => {
      const issue = issueOf(event);
      const before = status.get(issue);
      status.set(issue, "unresolved");
      const soFar = [...(history.get(issue) ?? []), event];
      history.set(issue, soFar);
      return { event, before, soFar };
    });
}

function begins({ on }: IssueTrigger, { before }: Arrival): boolean {
  if (on === "new") return before === undefined;
  return on === "every-event" || before === "resolved";
}

function holds(condition: IssueCondition, arrival: Arrival): boolean {
  const { event } = arrival;
  if ("level" in condition) return event.level >= condition.level.level;
  if ("tag" in condition) {
    const { key, value } = condition.tag;
    return Object.hasOwn(event.fields, key) && String(event.fields[key]) === value;
  }
  // Sentry's number is what must be exceeded: 1 means a second event.
  return within(condition.frequency.interval, arrival) > condition.frequency.value;
}

function within(interval: keyof typeof intervalMs, { event, soFar }: Arrival): number {
  return soFar.filter(({ timeMs }) => timeMs > event.timeMs - intervalMs[interval]).length;
}

/**
 * With a frequency: the most that one issue reached among events that meet everything else. Without: how many events met it, of
 * which one is enough.
 */
function measured(trigger: IssueTrigger, arrivals: readonly Arrival[], met: number) {
  const frequency = trigger.conditions.find((condition) => "frequency" in condition)?.frequency;
  if (!frequency) return { value: met, threshold: 0 };
  const others = trigger.conditions.filter((condition) => !("frequency" in condition));
  const counts = arrivals
    .filter((arrival) => begins(trigger, arrival) && others.every((condition) => holds(condition, arrival)))
    .map((arrival) => within(frequency.interval, arrival));
  return { value: Math.max(0, ...counts), threshold: frequency.value };
}

/** The first thing that no event had. */
function silence(trigger: IssueTrigger, arrivals: readonly Arrival[]): string {
  if (arrivals.length === 0) return "no event arrived";
  let left = arrivals.filter((arrival) => begins(trigger, arrival));
  if (left.length === 0) {
    return trigger.on === "new" ? "every event was of an issue that is known" : "no event was of a resolved issue";
  }
  for (const condition of trigger.conditions) {
    left = left.filter((arrival) => holds(condition, arrival));
    if (left.length === 0) return `no event met ${words(condition)}`;
  }
  return "no event met all conditions at once";
}

function words(condition: IssueCondition): string {
  if ("level" in condition) return `level >= ${condition.level.level}`;
  if ("tag" in condition) return `${condition.tag.key}:${condition.tag.value}`;
  return `more than ${condition.frequency.value} events of its issue in ${condition.frequency.interval}`;
}
