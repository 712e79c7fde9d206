import { type Complete, standingOf } from "../catalogue/catalogue.ts";
import { standsForDatabase } from "../catalogue/stands-for-database.ts";

/** By the manifests' sequence, which no wrong clock can change; copies with the same number by the store's clock. */
export const newestFirst = (a: Complete, b: Complete): number =>
  b.manifest.sequence - a.manifest.sequence || b.stored.getTime() - a.stored.getTime();

/** The backups that show the database as it was when they were made, newest first, in whatever order they are given. */
export const lineOf = (backups: readonly Complete[]): Complete[] =>
  backups.filter(({ manifest }) => standsForDatabase(manifest)).sort(newestFirst);

/** The newest backup that was read whole or restored, and was right. */
export const newestProven = (backups: readonly Complete[]): Complete | undefined =>
  lineOf(backups).find((backup) => standingOf(backup).proven !== undefined);

/** The newest that the schedule made. */
export const newestScheduled = (backups: readonly Complete[]): Complete | undefined =>
  lineOf(backups).find(({ manifest }) => manifest.reason === "scheduled");

/**
 * The moment that a backup shows: by the clock of who made it, or by the store's when that is earlier. What is stored cannot be
 * younger than when it was stored, so a clock that was ahead makes no backup look new; one that was behind makes it look old, and
 * that is for a person to see.
 */
export const shownAt = ({ manifest, stored }: Complete): Date =>
  new Date(Math.min(Date.parse(manifest.started), stored.getTime()));
