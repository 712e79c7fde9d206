import type { ArmName } from "./arms.ts";

interface Facts {
  readonly limit: number;
  readonly better: "higher" | "lower";
  readonly unit: "×" | "MB";
  /** What is compared with what, for the README. */
  readonly about: string;
  readonly of:
    | { readonly time: ArmName; readonly over: ArmName }
    | { readonly memory: readonly ArmName[]; readonly data: "usual" | "large" };
}

/** What is promised of backups, against peers in the same run. Held against bench/README.md by a test. */
export const bars = {
  "backup-over-pg-dump": {
    limit: 2.5,
    better: "higher",
    unit: "×",
    about: "time of `pg_dump -Fc`, as people run it, over ours",
    of: { time: "pg_dump -Fc", over: "golive-backup run → disk" },
  },
  "backup-over-shell": {
    limit: 0.95,
    better: "higher",
    unit: "×",
    about: "time of a shell pipeline that does the same to the bytes, over ours, which hashes every row as well",
    of: { time: "pg_dump | zstd -1 | age, two sha256sum", over: "golive-backup run → disk" },
  },
  "backup-over-floor": {
    limit: 1.5,
    better: "lower",
    unit: "×",
    about: "our time over that of reading everything once, `pg_dump -Fc -Z0` to nowhere",
    of: { time: "golive-backup run → disk", over: "pg_dump -Fc -Z0 > /dev/null" },
  },
  "restore-over-pg-restore": {
    limit: 1.1,
    better: "lower",
    unit: "×",
    about: "time of ours, which decrypts and compares every row, over `pg_restore -j2` of a plain file",
    of: { time: "golive-backup restore", over: "pg_restore -j2" },
  },
  "backup-memory": {
    limit: 256,
    better: "lower",
    unit: "MB",
    about: "most memory that a backup and its pg_dump hold, to disk or to S3",
    of: { memory: ["golive-backup run → disk", "golive-backup run → S3"], data: "usual" },
  },
  "backup-memory-large": {
    limit: 256,
    better: "lower",
    unit: "MB",
    about: "the same with four times the data: it must not grow with the database",
    of: { memory: ["golive-backup run → disk", "golive-backup run → S3"], data: "large" },
  },
} as const satisfies Record<string, Facts>;

export type Bar = keyof typeof bars;

export const isKept = (bar: Bar, value: number): boolean =>
  bars[bar].better === "higher" ? value >= bars[bar].limit : value <= bars[bar].limit;

/** As in "≥ 2.5 ×". */
export const barText = (bar: Bar): string =>
  `${bars[bar].better === "higher" ? "≥" : "≤"} ${bars[bar].limit} ${bars[bar].unit}`;
