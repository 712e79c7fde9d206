import { GoliveError } from "@golive/errors/golive-error.ts";

/** The drill itself cannot go on, whatever the backup is like. */
export function drillFailed(message: string, hint: string, cause?: unknown): GoliveError {
  return new GoliveError("DRILL_FAILED", message, hint, cause === undefined ? {} : { cause });
}
