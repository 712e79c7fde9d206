/** What is wrong with a rule or a monitor: which check, of which alert, in words, and what to do. */
export interface RuleFinding {
  /** Name of the check. */
  readonly rule: string;
  /** Id in the catalogue. */
  readonly alert: string;
  readonly problem: string;
  readonly fix: string;
}

/** A check looks at one entry and says what is wrong with it, or nothing. */
export interface Check<T> {
  /** Who demands it: Sentry refuses the rule, or accepts one that never or always fires. */
  readonly from: "refused" | "useless";
  readonly find: (entry: T) => Pick<RuleFinding, "problem" | "fix"> | undefined;
}

export type Checks<T> = Readonly<Record<string, Check<T>>>;

/** Everything that a table of checks has to say of one entry. */
export function findings<T>(checks: Checks<T>, alert: string, entry: T): RuleFinding[] {
  return Object.entries(checks).flatMap(([rule, { find }]) => {
    const found = find(entry);
    return found ? [{ rule, alert, ...found }] : [];
  });
}

/** A value as messages show it. */
export const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

export const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to;
