import { newBackupId } from "../catalogue/backup-id.ts";
import { day } from "../retention/calendar.ts";
import type { RetentionInput } from "../retention/input.ts";

export const nothingKnown: RetentionInput["standing"] = {
  proven: undefined,
  failed: undefined,
  held: undefined,
  leased: undefined,
  anomalies: [],
};

export interface Sketch {
  /** Before now; fractions count. */
  readonly daysAgo: number;
  readonly proven?: boolean;
  readonly sequence?: number;
  readonly counts?: boolean;
  readonly database?: string;
  readonly state?: RetentionInput["state"];
  readonly standing?: Partial<RetentionInput["standing"]>;
  readonly with?: Partial<RetentionInput>;
}

/** A backup as retention sees it, made in a minute, with clocks that agree. */
export function sketched(sketch: Sketch, now: Date): RetentionInput {
  const {
    daysAgo,
    proven = false,
    sequence = Math.round(10_000 - daysAgo),
    counts = true,
    state = "complete",
  } = sketch;
  const started = new Date(now.getTime() - daysAgo * day);
  const finished = new Date(started.getTime() + 60_000);
  return {
    database: sketch.database ?? "app",
    id: newBackupId(started, () => (sequence % 0xffffff).toString(16).padStart(6, "0")),
    state,
    problem: state === "complete" ? undefined : `it is ${state}`,
    made: state === "complete" ? { sequence, started, finished, counts } : undefined,
    stored: finished,
    empty: false,
    known: proven,
    standing: { ...nothingKnown, proven: proven ? finished : undefined, ...sketch.standing },
    ...sketch.with,
  };
}
