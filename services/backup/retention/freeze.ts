import { minute } from "./calendar.ts";
import { newestFirst, type RetentionInput } from "./input.ts";
import { skewMinutes } from "./policy.ts";

export interface Clocks {
  /** Of this machine. */
  readonly now: Date;
  /** Of the store. */
  readonly store: Date;
}

/**
 * Why nothing of a database may be pruned today, whatever the rules say; undefined when it may. All of it ends by itself with the
 * next good backup, or with a word of a person (`accept`), so that no wrong deletion can follow from a fault that nobody has seen.
 */
export function freezeOf(backups: readonly RetentionInput[], clocks: Clocks): string | undefined {
  const ranked = backups.toSorted(newestFirst);
  const complete = ranked.filter(({ state }) => state === "complete");
  return skewOf(ranked, complete, clocks) ?? newestIsBad(ranked, complete);
}

function newestIsBad(backups: readonly RetentionInput[], complete: readonly RetentionInput[]): string | undefined {
  const newest = complete.find(({ made }) => made?.counts);
  if (newest === undefined) return undefined;
  const { anomalies, failed } = newest.standing;
  if (failed !== undefined) return `the newest backup, ${newest.id}, failed its check: ${failed}`;
  if (anomalies.length > 0)
    return `the newest backup, ${newest.id}, is unlike those before it: ${anomalies.join("; ")}; look, then \`golive-backup accept ${newest.id}\``;
  const damaged = backups.find(({ state, stored, empty }) => state === "damaged" && !empty && stored > newest.stored);
  return damaged && `the newest backup, ${damaged.id}, is damaged: ${damaged.problem}`;
}

/**
 * Three clocks must agree: this machine's, the store's, and that of whoever made the newest backup. Older backups may have been
 * copied into the store later, so for them only the future is suspicious.
 */
function skewOf(
  backups: readonly RetentionInput[],
  [newest]: readonly RetentionInput[],
  { now, store }: Clocks,
): string | undefined {
  const limit = skewMinutes * minute;
  const apart = now.getTime() - store.getTime();
  if (Math.abs(apart) > limit) return `this machine's clock is ${spanText(apart)} ${aheadOrBehind(apart)} the store's`;
  for (const { id, made, stored } of backups)
    for (const at of [made?.started, made?.finished, stored])
      if (at && at.getTime() - store.getTime() > limit)
        return `backup ${id} is from the future, ${at.toISOString()}: a clock is or was wrong`;
  if (newest?.made === undefined) return undefined;
  const made = newest.made.finished.getTime() - newest.stored.getTime();
  if (Math.abs(made) > limit)
    return `the clock that made the newest backup, ${newest.id}, was ${spanText(made)} ${aheadOrBehind(made)} the store's`;
  return undefined;
}

const aheadOrBehind = (ms: number): string => (ms > 0 ? "ahead of" : "behind");

function spanText(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / minute);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 47 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}
