import { isRecord, type Properties, type Value } from "../values.ts";
import { given, items, record } from "./read.ts";

/** How a condition compares: it is merely there, against one number, or against several fields. */
type Comparison = "flag" | "number" | "fields";

/** Kinds of filter conditions. On the wire each has its name in snake case. */
export const conditionKinds = {
  ageComparison: "fields",
  assignedTo: "fields",
  eventAttribute: "fields",
  eventFrequencyCount: "fields",
  eventFrequencyPercent: "fields",
  eventUniqueUserFrequencyCount: "fields",
  issueCategory: "fields",
  issueOccurrences: "fields",
  issuePriorityDeescalating: "number",
  issuePriorityGreaterOrEqual: "number",
  issueType: "fields",
  latestAdoptedRelease: "fields",
  latestRelease: "flag",
  level: "fields",
  percentSessionsCount: "fields",
  percentSessionsPercent: "fields",
  taggedEvent: "fields",
} as const satisfies Record<string, Comparison>;

/** Kinds of what starts an alert; all of them are merely there. */
export const triggerKinds = ["firstSeenEvent", "issueResolvedTrigger", "reappearedEvent", "regressionEvent"] as const;

export function conditionToWire(condition: Properties): Properties {
  const [kind, fields] = onlyField(condition, "condition");
  const how: Comparison | undefined = conditionKinds[kind as keyof typeof conditionKinds];
  if (how === undefined) throw new Error(`unknown condition "${kind}"`);
  const comparison = { flag: true, number: fields["comparison"] ?? null, fields: renamed(fields, wireName) }[how];
  return { type: snake(kind), comparison, conditionResult: true };
}

export function conditionFromWire(condition: Properties): Properties {
  const kind = camel(String(condition["type"]));
  const how: Comparison | undefined = conditionKinds[kind as keyof typeof conditionKinds];
  if (how === undefined) throw new Error(`sentry's answer holds the unknown condition "${String(condition["type"])}"`);
  const comparison = condition["comparison"] ?? null;
  if (how === "flag") return { [kind]: {} };
  if (how === "number") return { [kind]: { comparison } };
  return { [kind]: renamed(record(comparison, "comparison"), inputName) };
}

export function triggerToWire(trigger: Properties): Properties {
  const [kind] = onlyField(trigger, "trigger condition");
  return { type: snake(kind), comparison: true, conditionResult: true };
}

/** Triggers with a typed form, and the kinds of the others. */
export function triggersFromWire(conditions: Value | undefined): { typed: Properties[]; legacy: string[] } {
  const kinds = items(conditions, "trigger conditions").map(({ type }) => String(type));
  const known = (kind: string) => (triggerKinds as readonly string[]).includes(camel(kind));
  return {
    typed: kinds.filter(known).map((kind) => ({ [camel(kind)]: {} })),
    legacy: kinds.filter((kind) => !known(kind)),
  };
}

/** The one field of an object that is a choice among many. */
export function onlyField(choice: Properties, what: string): readonly [string, Properties] {
  const chosen = Object.entries(choice).filter(([, value]) => isRecord(value));
  const [first] = chosen;
  if (!first || chosen.length > 1) throw new Error(`a ${what} has exactly one kind, this one has ${chosen.length}`);
  return [first[0], first[1] as Properties];
}

const wireName = (name: string) => (name === "targetId" ? "target_identifier" : snake(name));
const inputName = (name: string) => (name === "target_identifier" ? "targetId" : camel(name));

function renamed(fields: Properties, name: (from: string) => string): Properties {
  return given(Object.fromEntries(Object.entries(fields).map(([from, value]) => [name(from), value ?? undefined])));
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
