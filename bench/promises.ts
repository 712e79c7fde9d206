/** What the README promises, and why that much. Held against bench/README.md by a test. */
export const promises = {
  "no-op-up": { limit: 15, unit: "s", why: "short enough to run without thinking whether it is needed" },
  "cluster-start": { limit: 40, unit: "s", why: "a coffee is longer" },
  "resident-memory": { limit: 3, unit: "GiB", why: "leaves a laptop of 8 GiB usable" },
  "gateway-change": {
    limit: 40,
    unit: "s",
    why: "trying a change in the real cluster must not break the train of thought",
  },
} as const satisfies Record<string, { limit: number; unit: "s" | "GiB"; why: string }>;

export type Measurement = keyof typeof promises;

/** Middle value; of an even count the lower one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError("no values to take the median of");
  return middle;
}
