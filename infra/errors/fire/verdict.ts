import type { Item } from "./item.ts";

/** What a rule makes of what was observed. */
export interface Verdict {
  readonly fires: boolean;
  readonly level: "critical" | "warning" | "none";
  /** In the unit of the threshold; undefined where nothing was there to measure. */
  readonly value: number | undefined;
  /** The bound that was left; the nearest one where none was. */
  readonly threshold: number;
  /** What the value was taken of, or what set the rule off. */
  readonly matched: readonly Item[];
  /** For people: why it fires or stays silent. */
  readonly because: string;
}

/** Six digits are more than anybody compares. */
export const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));
