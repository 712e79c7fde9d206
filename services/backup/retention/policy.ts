/** What pruning keeps. Every rule adds to the others; none takes away. */
export interface RetentionPolicy {
  /** Everything younger than this. */
  readonly days: number;
  /** And the newest proven backups, whatever their age: after 40 days of failures there is still something to restore. */
  readonly proven: number;
  /** And one backup for each of the last days, ISO weeks and months that have one, all in UTC. */
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  /** Hours before a folder without a valid manifest counts as left behind: no backup takes that long. */
  readonly graceHours: number;
}

export const defaultPolicy = {
  days: 30,
  proven: 7,
  daily: 7,
  weekly: 4,
  monthly: 12,
  graceHours: 48,
} as const satisfies RetentionPolicy;

/** Clocks that differ by more make every age doubtful, and nothing is pruned. Minutes; NTP keeps machines within a second. */
export const skewMinutes = 5;
