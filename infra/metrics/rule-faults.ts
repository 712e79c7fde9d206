import type { Alert, Alerts } from "./alert.ts";
import type { AlertCase, AlertCases } from "./alert-case.ts";
import { labelsOf } from "./label-sets.ts";
import { type Expr, parseQuery } from "./promql.ts";
import type { RecordingRule } from "./recording-rules.ts";

export interface RuleSet {
  readonly alerts: Alerts;
  readonly cases: AlertCases;
  readonly recorded: readonly RecordingRule[];
}

/** Fires always, so it is neither silent nor without data. */
const alwaysFires = "vector(1)";

/**
 * What makes a rule worthless without making it invalid: nobody has seen it fire, its labels hold its value, or its
 * operands can never meet. Prometheus takes all of it without a word.
 */
export function ruleFaults({ alerts, cases, recorded }: RuleSet): string[] {
  const queries = new Map<string, Expr>();
  const faults: string[] = [];
  for (const { record, expr } of recorded) {
    const query = queryOf(record, expr, queries, faults);
    if (query) queries.set(record, query);
    if (!Object.values(alerts).some((alert) => alert.expr.includes(record)))
      faults.push(`${record}: no alert reads it`);
  }
  for (const [name, alert] of Object.entries(alerts)) {
    const query = queryOf(name, alert.expr, queries, faults);
    faults.push(...[...caseFaults(alert, cases[name] ?? []), ...labelFaults(alert, query, queries)].map(of(name)));
  }
  for (const name of Object.keys(cases)) if (!alerts[name]) faults.push(`${name}: has cases and is no alert`);
  return faults;
}

const of = (name: string) => (fault: string) => `${name}: ${fault}`;

function queryOf(name: string, expr: string, known: ReadonlyMap<string, Expr>, faults: string[]): Expr | undefined {
  try {
    const query = parseQuery(expr);
    faults.push(...labelsOf(query, known).faults.map(of(name)));
    return query;
  } catch (error) {
    faults.push(`${name}: ${(error as Error).message}`);
    return undefined;
  }
}

function caseFaults(alert: Alert, cases: readonly AlertCase[]): string[] {
  const empty = ({ series }: AlertCase) => Object.keys(series).length === 0;
  const faults: string[] = [];
  if (!cases.some(({ fires }) => fires)) faults.push("no case in which it fires");
  if (alert.expr !== alwaysFires && !cases.some((one) => !one.fires && !empty(one)))
    faults.push("no case in which something happens and it stays silent");
  const withoutData = cases.filter(empty);
  if (withoutData.length === 0) faults.push("no case without data");
  for (const { at } of withoutData)
    if (seconds(at) <= seconds(alert.for)) faults.push(`its case without data ends at ${at}, before it could fire`);
  return faults;
}

function labelFaults(alert: Alert, query: Expr | undefined, known: ReadonlyMap<string, Expr>): string[] {
  const faults: string[] = [];
  for (const [label, value] of Object.entries(alert.labels ?? {}))
    if (/\$value|\.Value/.test(value))
      faults.push(`its label ${label} holds the value: each change of it is a new alert that waits anew`);
  const labels = query && labelsOf(query, known).labels;
  if (labels === undefined || labels === "scalar" || labels.open) return faults;
  const carried = new Set([...labels.labels, ...Object.keys(alert.labels ?? {})]);
  for (const [, label] of `${alert.summary} ${alert.description}`.matchAll(/\$labels\.(\w+)/g))
    if (label !== undefined && !carried.has(label))
      faults.push(`its text has the label ${label}, which it never carries`);
  return faults;
}

const unit = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a duration of one unit, as the rules have them. */
function seconds(duration: string): number {
  return Number.parseInt(duration, 10) * (unit[duration.slice(-1) as keyof typeof unit] ?? Number.NaN);
}
