import type { Complete } from "../catalogue/catalogue.ts";
import type { Limits } from "../config/monitor.ts";
import { lineOf, newestFirst } from "./newest.ts";
import { secondsSince, skewLimitSeconds, spanText } from "./span.ts";
import { type Finding, warn } from "./verdict.ts";

/**
 * The one time at which a backup that is missing is no fault: before the first was due. A store that was emptied looks the same, so
 * the server has to be young, which its own files tell. A database that is new on an old server has no such excuse: its data have
 * no backup, and somebody can make one at once.
 *
 * @param serverSince when the server's files were made; undefined when it cannot be asked
 */
export function beforeFirstBackup(
  serverSince: Date | undefined,
  now: Date,
  { everySeconds, graceSeconds }: Limits,
): Finding | undefined {
  if (serverSince === undefined) return undefined;
  const limit = everySeconds.backup + graceSeconds;
  const age = secondsSince(serverSince, now);
  if (age > limit || age < -skewLimitSeconds) return undefined;
  return warn(
    `there is no backup yet: the server is ${spanText(Math.max(0, age))} old, the first is due within ${spanText(limit)}`,
  );
}

/** The same for the first proof. That the first backup is the first, its number says, which counts every backup there ever was. */
export function beforeFirstProof(
  backups: readonly Complete[],
  now: Date,
  { everySeconds, graceSeconds }: Limits,
): Finding | undefined {
  const first = backups.toSorted(newestFirst).at(-1);
  if (first?.manifest.sequence !== 1 || lineOf(backups).length === 0) return undefined;
  const limit = everySeconds.verify + graceSeconds;
  const age = secondsSince(first.stored, now);
  if (age > limit || age < -skewLimitSeconds) return undefined;
  return warn(
    `its first backup, ${first.id}, is not proven yet: the first verification is due within ${spanText(limit)}`,
    age,
    limit,
  );
}
