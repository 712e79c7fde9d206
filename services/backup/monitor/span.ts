/** Clocks of two healthy machines differ by less; beyond it, ages mean nothing and pruning refuses. */
export const skewLimitSeconds = 300;

export const secondsSince = (moment: Date | string, now: Date): number =>
  (now.getTime() - new Date(moment).getTime()) / 1000;

/** As in "26 h": the largest unit that leaves less than two places behind the point. */
export function spanText(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
  ] as const)
    if (seconds >= 2 * size) return `${Number((seconds / size).toFixed(1))} ${unit}`;
  return `${Math.round(seconds)} s`;
}
