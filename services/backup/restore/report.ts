import type { Target } from "./options.ts";
import type { Finding } from "./preflight/finding.ts";

export interface RestoreReport {
  readonly id: string;
  readonly from: string;
  /** Database that has the rows now. */
  readonly into: string;
  readonly mode: Target["kind"];
  readonly tables: number;
  readonly rows: number;
  /** Of the plain archive. */
  readonly bytes: number;
  readonly jobs: number;
  /** Seconds. */
  readonly phases: {
    readonly fetch: number;
    readonly restore: number;
    readonly compare: number;
    readonly swap: number;
    readonly safetyBackup: number;
    readonly total: number;
  };
  /** Time for which clients of a replaced database waited or were turned away, in ms. */
  readonly gapMs: number | null;
  readonly sessionsEnded: number;
  /** The replaced database, and until when `undo` brings it back. */
  readonly kept: string | null;
  readonly undoUntil: string | null;
  readonly safetyBackup: string | null;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}
