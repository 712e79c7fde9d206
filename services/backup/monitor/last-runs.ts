import type { Complete } from "../catalogue/catalogue.ts";
import type { Limits } from "../config/monitor.ts";
import { ageText } from "../format.ts";
import { lastSlot } from "./cron-slot.ts";
import { beforeFirstBackup } from "./first-hours.ts";
import { lineOf, newestFirst, newestScheduled, shownAt } from "./newest.ts";
import { secondsSince, skewLimitSeconds, spanText } from "./span.ts";
import { type Finding, fail, ok, warn } from "./verdict.ts";

/**
 * Check 2: whether the scheduled jobs ran, as the store shows it. That a CronJob exists proves nothing, and one that is suspended or
 * was missed leaves exactly this trace: none. Drills have a check of their own.
 */
export function judgeLastRuns(
  backups: readonly Complete[],
  now: Date,
  limits: Limits,
  serverSince?: Date | undefined,
): Finding[] {
  const run = backupRun(backups, now, limits, serverSince);
  const missed = run.state === "ok" ? missedSlot(backups, now, limits, serverSince) : [];
  return [run, ...missed, ...verifyRun(backups, now, limits)];
}

/** Ages are seconds that went by: a night in which clocks are changed is an hour longer or shorter, which the grace covers. */
function backupRun(backups: readonly Complete[], now: Date, limits: Limits, serverSince: Date | undefined): Finding {
  const { everySeconds, graceSeconds } = limits;
  const limit = everySeconds.backup + graceSeconds;
  const age = (backup: Complete) => secondsSince(shownAt(backup), now);
  const [newest] = lineOf(backups);
  if (newest === undefined) return beforeFirstBackup(serverSince, now, limits) ?? fail("no backup was ever made");
  const scheduled = newestScheduled(backups);
  if (scheduled && age(scheduled) <= limit)
    return ok(`scheduled backup ${scheduled.id} ran ${ageText(shownAt(scheduled), now)} ago`, age(scheduled), limit);
  const missed = scheduled ? `no scheduled backup since ${scheduled.id}` : "no scheduled backup was ever made";
  // Somebody backs up by hand: the data are safe, the schedule is broken all the same.
  return age(newest) <= limit
    ? warn(`${missed}; ${newest.id} was made by hand`, scheduled && age(scheduled), limit)
    : fail(`${missed}, one is due every ${spanText(everySeconds.backup)}`, age(newest), limit);
}

/**
 * Where nights are left out, no two backups are further apart than the weekend, and a night that is missing within the week would
 * pass. The schedule itself tells when the last one was due. A warning, because the schedule may be newer than the night.
 */
function missedSlot(
  backups: readonly Complete[],
  now: Date,
  { schedule, graceSeconds }: Limits,
  serverSince: Date | undefined,
): Finding[] {
  const slot = schedule && lastSlot(schedule, new Date(now.getTime() - graceSeconds * 1000));
  if (slot === undefined || (serverSince !== undefined && slot < serverSince)) return [];
  const ran = newestScheduled(backups);
  if (ran === undefined || secondsSince(slot, shownAt(ran)) >= -skewLimitSeconds) return [];
  return [warn(`no backup since ${slot.toISOString()}, when one was due; the last one is ${ran.id}`)];
}

/** The newest backup that is old enough to have been verified must have been looked at; with none that old, nothing is due. */
function verifyRun(backups: readonly Complete[], now: Date, { everySeconds, graceSeconds }: Limits): Finding[] {
  const limit = everySeconds.verify + graceSeconds;
  const due = backups.toSorted(newestFirst).find(({ stored }) => secondsSince(stored, now) > limit);
  if (due === undefined) return [];
  const looked = due.records.some(
    (record) =>
      record.kind === "verified" ||
      // What a drill restored, verify believes; a drill that broke by itself, or of the other plane, read nothing of it.
      (record.kind === "drilled" && record.plane === "dump" && record.blame !== "drill"),
  );
  const age = secondsSince(due.stored, now);
  return looked
    ? [ok(`verify looked at ${due.id}`)]
    : [fail(`verify has not looked at ${due.id} in ${spanText(age)}`, age, limit)];
}
