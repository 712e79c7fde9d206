import type { AlertRule, IssueCondition, IssueTrigger, MetricTrigger } from "./alert-rule.ts";

/** What a number of an aggregate is a number of; the first row whose beginning fits. */
const units = [
  { begins: "failure_rate(", write: (value: number) => `${round(value * 100)} %` },
  { begins: "percentage(", write: (value: number) => `${round(value)} %` },
  { begins: "count(", write: (value: number) => `${round(value)} ${value === 1 ? "event" : "events"}` },
] as const;

const round = (value: number): string => String(Number(value.toPrecision(6)));

/** Durations and vitals are milliseconds; they are what is left. */
export function amount(aggregate: string, value: number): string {
  const unit = units.find(({ begins }) => aggregate.startsWith(begins));
  return unit ? unit.write(value) : `${round(value)} ms`;
}

/** As people say it: `5 min`, `1 h`. */
export function span(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

const levelNames: Readonly<Record<number, string>> = {
  10: "debug",
  20: "info",
  30: "warning",
  40: "error",
  50: "fatal",
};

function conditionText(condition: IssueCondition): string {
  if ("level" in condition) return `level ${levelNames[condition.level.level] ?? condition.level.level} or above`;
  if ("tag" in condition) return `${condition.tag.key}:${condition.tag.value}`;
  const { value, interval } = condition.frequency;
  return `more than ${value} events of one issue in ${interval}`;
}

const moments = {
  new: "an issue is new",
  regression: "a resolved issue is back",
  "every-event": "an event arrives",
} as const satisfies Record<IssueTrigger["on"], string>;

/** When a rule fires, in one line. */
export function firesWhen({ trigger }: AlertRule): string {
  if (trigger.kind === "metric") return metricText(trigger);
  const conditions = trigger.conditions.map(conditionText);
  return [moments[trigger.on], ...conditions].join(", ");
}

function metricText({ aggregate, query, direction, critical, warning, windowSeconds }: MetricTrigger): string {
  const what = aggregate.replace(/ AS \w+$/, "");
  const of = query === "" ? "" : ` of ${query}`;
  const ends = `${amount(aggregate, critical)} (warning ${amount(aggregate, warning)})`;
  return `${what}${of} ${direction} ${ends} in ${span(windowSeconds)}`;
}
