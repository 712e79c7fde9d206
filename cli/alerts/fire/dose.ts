import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";

/** How much of it is done: more than the rule takes to fire, or half of what would be its first word. */
export type Dose = "enough" | "near-miss";

/** The numbers of a rule that a scenario goes by. An issue rule without a frequency fires at the first event. */
function bounds({ trigger }: AlertRule): { readonly first: number; readonly last: number } {
  if (trigger.kind === "metric") return { first: trigger.warning, last: trigger.critical };
  const value = trigger.conditions.find((condition) => "frequency" in condition)?.frequency.value ?? 0;
  return { first: value, last: value };
}

/** How often something has to happen: once more than is allowed, or half as often as is allowed. */
export function timesFor(rule: AlertRule, dose: Dose): number {
  const { first, last } = bounds(rule);
  return dose === "enough" ? Math.floor(last) + 1 : Math.floor(first / 2);
}

/** How far a measure has to go, in its own unit: a quarter beyond the last bound, or half of the way to the first. */
export function amountFor(rule: AlertRule, dose: Dose): number {
  const { first, last } = bounds(rule);
  return dose === "enough" ? last * 1.25 : first / 2;
}
