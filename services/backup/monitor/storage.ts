import type { Complete } from "../catalogue/catalogue.ts";
import type { Limits } from "../config/monitor.ts";
import { bytesText } from "../format.ts";
import type { StoreFacts } from "./facts.ts";
import { skewLimitSeconds, spanText } from "./span.ts";
import { type Finding, fail, ok, warn } from "./verdict.ts";

const daySeconds = 86_400;

/** Of the newest backup: a run asks for 1.2 times its predecessor before it starts, and somebody needs a day to make room. */
export const spaceFactors = { fail: 1.2, warn: 3 } as const;

/** Check 5: the places that backups are written to. */
export function judgeStorage(stores: readonly StoreFacts[], newest: readonly Complete[], limits: Limits): Finding[] {
  return stores.flatMap((store) => {
    if (store.problem !== undefined) return [fail(`${store.name} cannot be used: ${store.problem}`)];
    const findings = [
      ...clock(store),
      ...copies(store),
      ...lock(store, newest, limits),
      ...space(store, newest),
      ...unfinished(store),
    ];
    return findings.length > 0 ? findings : [ok(`${store.name} answers`)];
  });
}

function clock({ name, skewSeconds }: StoreFacts): Finding[] {
  if (skewSeconds === undefined || Math.abs(skewSeconds) <= skewLimitSeconds) return [];
  const way = skewSeconds > 0 ? "ahead of" : "behind";
  return [
    fail(
      `the clock of ${name} is ${spanText(Math.abs(skewSeconds))} ${way} ours; pruning refuses`,
      skewSeconds,
      skewLimitSeconds,
    ),
  ];
}

function copies({ name, newest }: StoreFacts): Finding[] {
  return newest
    .filter(({ present }) => !present)
    .map(({ database, id }) =>
      fail(`${name} lacks ${id}, the newest backup of ${JSON.stringify(database)}, or a part of it`),
    );
}

/** Locks run out by design, so it counts how long the newest backup was locked for when it was new. */
function lock({ name, locks, newest }: StoreFacts, backups: readonly Complete[], { lockDays }: Limits): Finding[] {
  if (!locks || lockDays === 0) return [];
  return newest.flatMap(({ database, id, present, lockedUntil }) => {
    const backup = backups.find((one) => one.id === id && one.database === database);
    if (!present || !backup) return [];
    if (lockedUntil === undefined)
      return [fail(`${name} does not lock ${id}: who has its keys can delete it`, 0, lockDays)];
    const days = (lockedUntil.getTime() - backup.stored.getTime()) / 1000 / daySeconds;
    // The lock begins with the upload of the dump, `stored` is the manifest's: an hour of a long dump lies between.
    return days >= lockDays - 0.25
      ? []
      : [warn(`${name} locks ${id} for ${days.toFixed(1)} days, ${lockDays} are asked for`, days, lockDays)];
  });
}

function space({ name, freeBytes }: StoreFacts, backups: readonly Complete[]): Finding[] {
  if (freeBytes === undefined) return [];
  const next = backups.reduce((sum, { bytes }) => sum + bytes, 0);
  const text = `${name} has ${bytesText(freeBytes)} free, the newest backups take ${bytesText(next)}`;
  if (freeBytes < next * spaceFactors.fail) return [fail(text, freeBytes, next * spaceFactors.fail)];
  if (freeBytes < next * spaceFactors.warn) return [warn(text, freeBytes, next * spaceFactors.warn)];
  return [ok(text, freeBytes, next * spaceFactors.warn)];
}

function unfinished({ name, unfinished: count }: StoreFacts): Finding[] {
  if (!count) return [];
  return [warn(`${name} holds ${count} unfinished ${count === 1 ? "upload" : "uploads"} older than a day`, count, 0)];
}
