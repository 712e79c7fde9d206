import type { Complete } from "../catalogue/catalogue.ts";
import type { Limits } from "../config/monitor.ts";
import { ageText } from "../format.ts";
import { beforeFirstBackup, beforeFirstProof } from "./first-hours.ts";
import { lineOf, newestProven, shownAt } from "./newest.ts";
import { secondsSince, skewLimitSeconds, spanText } from "./span.ts";
import { type Finding, fail, ok, warn } from "./verdict.ts";

/**
 * Check 1: what would be lost if the database were lost now, counting only backups that are known to be good.
 * `serverSince` is when the server was made, as far as it tells.
 */
export function judgeProvenAge(
  backups: readonly Complete[],
  now: Date,
  limits: Limits,
  serverSince?: Date | undefined,
): Finding[] {
  const { rpoSeconds } = limits;
  if (lineOf(backups).length === 0)
    return [
      beforeFirstBackup(serverSince, now, limits) ?? fail("there is no backup of it: `golive-backup run` makes one"),
    ];
  const proven = newestProven(backups);
  if (proven === undefined)
    return [beforeFirstProof(backups, now, limits) ?? fail(`none of its backups is proven (${backups.length} stored)`)];
  const at = shownAt(proven);
  const age = secondsSince(at, now);
  if (age < -skewLimitSeconds)
    return [fail(`proven backup ${proven.id} is from the future: a clock is wrong`, age, rpoSeconds)];
  const words = `proven backup ${proven.id} is ${ageText(at, now)} old`;
  const ahead = secondsAhead(proven);
  if (age > rpoSeconds)
    return [fail(`${words}, older than ${spanText(rpoSeconds)}${behindText(-ahead)}`, age, rpoSeconds)];
  return ahead > skewLimitSeconds
    ? [warn(`${words}, but the clock that made it was ${spanText(ahead)} ahead of the store's`, age, rpoSeconds)]
    : [ok(words, age, rpoSeconds)];
}

/** The clock of who made it against the store's. */
const secondsAhead = ({ manifest, stored }: Complete): number => -secondsSince(manifest.finished, stored);

/** A backup that looks old because a clock was behind should not send anybody to look for a schedule that failed. */
const behindText = (behind: number): string =>
  behind <= skewLimitSeconds
    ? ""
    : `; it was stored ${spanText(behind)} after its own clock says: that clock was behind, or it was copied`;
