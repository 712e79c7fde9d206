import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Complete, type Entry, standingOf } from "../catalogue/catalogue.ts";
import { standsForDatabase } from "../catalogue/stands-for-database.ts";
import { type ArchiveReach, reaches } from "../recovery/archive-reach.ts";
import { type Choice, type Chosen, named, restoresAlone } from "./choose.ts";

/**
 * The dump whose moment is gone back to: its signed manifest says what the recovered server has to hold. Due is the newest proven one
 * whose position the archive has reached for certain; `latest` is the newest proven one, for whoever has just brought the archive up to
 * date. What was recovered or saved in the course of a restore lies on another log, or shows another moment.
 * @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED
 */
export function chooseMoment(entries: readonly Entry[], choice: Choice, reach: ArchiveReach | undefined): Chosen {
  if (typeof choice === "object") return { entry: named(entries, choice.id), passedOver: [] };
  const newestFirst = entries
    .filter((entry): entry is Complete => entry.state === "complete")
    .filter((entry) => restoresAlone(entry) && standsForDatabase(entry.manifest))
    .filter(({ manifest }) => reach === undefined || manifest.server.systemIdentifier === reach.systemIdentifier)
    .toSorted((a, b) => b.manifest.sequence - a.manifest.sequence);
  const proven = newestFirst.filter((entry) => standingOf(entry).proven !== undefined);
  const candidates = proven.length > 0 ? proven : newestFirst;
  const reached = candidates.find(({ manifest }) => reaches(reach, manifest.server.lsn) === true);
  const entry = (choice === "due" ? reached : undefined) ?? candidates[0];
  if (entry === undefined)
    throw new GoliveError(
      "BACKUP_NOT_FOUND",
      entries.length === 0 ? "there is no backup to compare with" : "no backup is of the server that is live now",
      "Make one with `golive-backup run`: its manifest says what a recovered server has to hold.",
    );
  return {
    entry,
    passedOver: [
      ...(proven.length > 0 ? [] : ["no backup is proven yet; its signed manifest is compared with all the same"]),
      ...(reaches(reach, entry.manifest.server.lsn) === false
        ? [`the archive has not reached the position of ${entry.id} yet`]
        : []),
    ],
  };
}
