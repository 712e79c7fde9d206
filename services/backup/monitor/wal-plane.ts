import type { Limits } from "../config/monitor.ts";
import { bytesText } from "../format.ts";
import type { Known, WalFacts } from "./facts.ts";
import { secondsSince, spanText } from "./span.ts";
import { type Finding, fail, ok, unknown, warn } from "./verdict.ts";

/** Where nobody said how long WAL may wait: twice CloudNativePG's archive_timeout of five minutes. */
export const usualWalSeconds = 600;

/** Check 7: whether every moment until now could be restored, and whether a slot is about to fill the disk. */
export function judgeWal(wal: Known<WalFacts> | undefined, now: Date, limits: Limits): Finding[] {
  const wanted = limits.walSeconds !== undefined;
  if (wal === undefined) return wanted ? [unknown("no server is named to ask for its archiver: set PGUSER")] : [];
  if ("problem" in wal) return [unknown(`the server cannot be asked for its archiver: ${wal.problem}`)];
  const { value } = wal;
  if (!value.archiving)
    return [...(wanted ? [fail("the server does not archive WAL: archive_mode is off")] : []), ...slots(value, limits)];
  return [
    archiver(value, now, limits.walSeconds ?? usualWalSeconds),
    ...slots(value, limits),
    ...firstRecoverable(value),
  ];
}

/**
 * The age alone says nothing: a quiet server archives nothing and loses nothing. What counts is a full segment that waits. With an
 * archive_timeout the server closes a segment in time once anything was written to it.
 */
function archiver(facts: WalFacts, now: Date, limit: number): Finding {
  const { lastArchived, lastFailed, failures, waitingSegments, archiveTimeoutSeconds } = facts;
  const failing = lastFailed !== undefined && (lastArchived === undefined || lastFailed > lastArchived);
  if (failing)
    return fail(`archiving fails since ${lastArchived?.toISOString() ?? "ever"} (${failures} failures)`, failures, 0);
  if (lastArchived === undefined) return nothingArchived(facts, now, limit);
  const age = secondsSince(lastArchived, now);
  const words = `last WAL archived ${spanText(age)} ago`;
  if (age <= limit) return ok(words, age, limit);
  if (waitingSegments === undefined) return unknown(`${words}; whether more waits cannot be told`);
  if (waitingSegments > 0)
    return fail(
      `${words}, ${waitingSegments} full ${waitingSegments === 1 ? "segment waits" : "segments wait"}`,
      age,
      limit,
    );
  if (archiveTimeoutSeconds === 0 || archiveTimeoutSeconds > limit)
    return warn(
      `${words}; archive_timeout is ${archiveTimeoutSeconds} s, so what was written since may wait for long`,
      age,
      limit,
    );
  return ok(`${words}, nothing waits`, age, limit);
}

/** A start of the server writes to its log, so with an archive_timeout a first segment is due soon after it. */
function nothingArchived({ countedSince, archiveTimeoutSeconds }: WalFacts, now: Date, limit: number): Finding {
  const age = countedSince && secondsSince(countedSince, now);
  if (age === undefined || age <= limit) return unknown("nothing was archived yet");
  const words = `nothing was archived in ${spanText(age)}`;
  return archiveTimeoutSeconds === 0 || archiveTimeoutSeconds > limit
    ? warn(`${words}; archive_timeout is ${archiveTimeoutSeconds} s, so what was written may wait for long`, age, limit)
    : fail(`${words}, and no try failed: the archiver does not run`, age, limit);
}

function slots({ slots: all }: WalFacts, { slotBytes }: Limits): Finding[] {
  return all.flatMap(({ name, active, bytes, status }) => {
    const words = `slot ${JSON.stringify(name)} (${active ? "in use" : "nobody reads it"})`;
    if (status === "lost" || status === "unreserved")
      return [fail(`${words} is ${status}: its reader has to start anew`, bytes, slotBytes)];
    return bytes > slotBytes ? [warn(`${words} holds ${bytesText(bytes)} of WAL back`, bytes, slotBytes)] : [];
  });
}

function firstRecoverable({ firstRecoverable: first }: WalFacts): Finding[] {
  if (first === undefined) return [];
  if ("problem" in first) return [unknown(`the first recoverable point is not known: ${first.problem}`)];
  return [ok(`any moment since ${first.value.toISOString()} can be restored`)];
}
