import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Entry } from "../catalogue/catalogue.ts";
import { ageText } from "../format.ts";
import { hour } from "../retention/calendar.ts";

/** One slot a day, and two hours for its run to end. */
export const freshHours = 26;

/** Databases whose newest scheduled backup is older than that, by the store's clock, and what to say of each. */
export function staleDatabases(entries: readonly Entry[], clock: Date): ReadonlyMap<string, string> {
  const newest = new Map<string, Date | undefined>(entries.map(({ database }) => [database, undefined]));
  for (const entry of entries) {
    if (entry.state !== "complete" || entry.manifest.reason !== "scheduled") continue;
    const known = newest.get(entry.database);
    if (known === undefined || entry.stored > known) newest.set(entry.database, entry.stored);
  }
  const stale = new Map<string, string>();
  for (const [database, at] of newest) {
    if (at === undefined) stale.set(database, "it has no scheduled backup");
    else if (clock.getTime() - at.getTime() > freshHours * hour)
      stale.set(database, `its newest scheduled backup is ${ageText(at, clock)} old, more than ${freshHours} h`);
  }
  return stale;
}

/** Refuses when nothing at all is fresh. One database that is backed up no more must not stop the others for ever. */
export function mustBeFresh(entries: readonly Entry[], stale: ReadonlyMap<string, string>, store: string): void {
  if (stale.size === 0 || entries.some(({ database }) => !stale.has(database))) return;
  const each = [...stale].map(([database, why]) => `${JSON.stringify(database)}: ${why}`);
  throw new GoliveError(
    "UNHEALTHY",
    `nothing is pruned in ${store}, because backups do not arrive: ${each.join("; ")}`,
    "Read the log of the last `golive-backup run`; prune again after the next backup.",
  );
}
