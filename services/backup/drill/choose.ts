import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Complete, Entry } from "../catalogue/catalogue.ts";
import { ofRestores } from "../catalogue/stands-for-database.ts";

/** Which backup to drill: an id, the newest whatever is known of it, or the one that most needs it. */
export type Choice = { readonly id: string } | "latest" | "due";

export interface Chosen {
  readonly entry: Complete;
  /** Newer ones that could not be taken, in words. */
  readonly passedOver: readonly string[];
}

/**
 * One database's backup for the next drill. Due is the newest that no drill has judged yet, because it is the one that would be
 * restored today; when all are judged, the one whose judgement is oldest. A drill that broke by itself judged nothing.
 * @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED
 */
export function chooseBackup(entries: readonly Entry[], choice: Choice): Chosen {
  if (typeof choice === "object") return { entry: named(entries, choice.id), passedOver: [] };
  const complete = entries
    .filter((entry) => entry.state === "complete")
    .filter(restoresAlone)
    .filter(isOfTheLine);
  // By the number that counts up, not by the name: a wrong clock names a backup wrongly.
  const newestFirst = complete.toSorted((a, b) => b.manifest.sequence - a.manifest.sequence);
  const due = () => newestFirst.find((entry) => judged(entry) === undefined) ?? oldestJudged(newestFirst);
  const entry = choice === "latest" ? newestFirst[0] : due();
  if (entry === undefined)
    throw new GoliveError(
      "BACKUP_NOT_FOUND",
      entries.length === 0 ? "there is no backup to drill" : `none of ${entries.length} backups restores by itself`,
      "Make one with `golive-backup run`; `golive-backup list` shows what there is.",
    );
  const passedOver = entries.flatMap((other) =>
    other.state === "damaged" || other.state === "untrusted"
      ? other.stored > entry.stored
        ? [`backup ${other.id} is newer and ${other.state}: ${other.problem}`]
        : []
      : [],
  );
  return { entry, passedOver };
}

/** A backup by its id. @throws USAGE, BACKUP_NOT_FOUND, BACKUP_DAMAGED */
export function named(entries: readonly Entry[], id: string): Complete {
  const found = entries.filter((entry) => entry.id === id);
  const hint = "See the backups that count with `golive-backup list`.";
  if (found.length > 1)
    throw new GoliveError(
      "USAGE",
      `databases ${found.map(({ database }) => database).join(", ")} have a backup ${id} each`,
      "Name one with --database.",
    );
  const [entry] = found;
  if (entry === undefined || entry.state === "incomplete")
    throw new GoliveError(
      "BACKUP_NOT_FOUND",
      `there is no backup ${JSON.stringify(id)}${entry ? `: ${entry.problem}` : ""}`,
      hint,
    );
  if (entry.state !== "complete")
    throw new GoliveError("BACKUP_DAMAGED", `backup ${id} is ${entry.state}: ${entry.problem}`, hint);
  if (!restoresAlone(entry))
    throw new GoliveError(
      "USAGE",
      `backup ${id} is of chosen tables (${entry.manifest.scope.include.join(", ")}) and does not restore by itself`,
      "Drill one of the whole database.",
    );
  return entry;
}

/** A dump of chosen tables lacks the schemas, types and extensions that they stand on; one without some tables does not. */
export const restoresAlone = ({ manifest }: Complete): boolean => manifest.scope.include.length === 0;

/** What a restore was about to replace would be red for the very fault that it was replaced for, and is restored by its id alone. */
const isOfTheLine = ({ manifest }: Complete): boolean => !ofRestores.has(manifest.reason);

/** When a drill last had a word on it, good or bad. */
function judged({ records }: Complete): number | undefined {
  const words = records.flatMap((record) =>
    record.kind === "drilled" && record.plane === "dump" && record.blame !== "drill" ? [Date.parse(record.at)] : [],
  );
  return words.length === 0 ? undefined : Math.max(...words);
}

const oldestJudged = (entries: readonly Complete[]): Complete | undefined =>
  entries.toSorted((a, b) => (judged(a) ?? 0) - (judged(b) ?? 0))[0];
