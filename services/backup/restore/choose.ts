import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Complete, type Entry, standingOf } from "../catalogue/catalogue.ts";
import { ofRestores } from "../catalogue/stands-for-database.ts";

/** Which backup of one database. */
export type Choice =
  | { readonly id: string }
  /** The newest. */
  | "latest"
  /** The newest that shows a moment not after this one. */
  | { readonly before: Date };

export interface Chosen {
  readonly entry: Complete;
  /** What a person should know of the choice, in words. */
  readonly notes: readonly string[];
}

const list = "See the backups that count with `golive-backup list`.";

/**
 * The backup to restore. One that is named need not be proven, only whole and signed; one that is chosen here must have been read
 * whole or restored before, because it is chosen in an emergency, and the next older one that is sure beats a newer one that is not.
 *
 * @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED (the next best one is named in the hint), USAGE
 */
export function chooseBackup(entries: readonly Entry[], choice: Choice, unproven = false): Chosen {
  if (typeof choice === "object" && "id" in choice) return named(entries, choice.id, unproven);
  const until = choice === "latest" ? undefined : choice.before;
  const candidates = newestFirst(entries).filter(
    // Two kinds are restored by their id alone: one recovered to a moment shows that moment, not the one it was made at; and one made
    // before a restore shows what somebody wanted to be rid of (a second try after a broken one would bring just that back).
    ({ manifest }) =>
      manifest.scope.whole &&
      !ofRestores.has(manifest.reason) &&
      (until === undefined || new Date(manifest.started) <= until),
  );
  const entry = candidates.find((one) => fit(one, unproven));
  if (entry === undefined) throw nothingFits(entries, candidates, until);
  const newer = (one: { readonly stored: Date }) => one.stored > entry.stored;
  return {
    entry,
    notes: [
      ...candidates
        .slice(0, candidates.indexOf(entry))
        .map(
          ({ id, ...one }) =>
            `backup ${id} is newer and was passed over: ${standingOf(one).failed ?? "nothing has proven it yet"}`,
        ),
      ...entries.flatMap((one) =>
        (one.state === "damaged" || one.state === "untrusted") && newer(one)
          ? [`backup ${one.id} is newer and ${one.state}: ${one.problem}`]
          : [],
      ),
      ...standingNotes(entry),
    ],
  };
}

function named(entries: readonly Entry[], id: string, unproven: boolean): Chosen {
  const found = entries.filter((entry) => entry.id === id);
  if (found.length > 1)
    throw new GoliveError(
      "USAGE",
      `databases ${found.map(({ database }) => JSON.stringify(database)).join(", ")} have a backup ${id} each`,
      "Name one with --database.",
    );
  const [entry] = found;
  if (entry === undefined || entry.state === "incomplete")
    throw new GoliveError(
      "BACKUP_NOT_FOUND",
      `there is no backup ${JSON.stringify(id)}${entry ? `: ${entry.problem}` : ""}`,
      list,
    );
  if (entry.state !== "complete")
    throw new GoliveError(
      "BACKUP_DAMAGED",
      `backup ${id} is ${entry.state}: ${entry.problem}`,
      nextBest(entries, entry),
    );
  const { failed } = standingOf(entry);
  if (failed !== undefined && !unproven)
    throw new GoliveError(
      "BACKUP_DAMAGED",
      `backup ${id} failed its last check: ${failed}`,
      `${nextBest(entries, entry)} With --unproven it is tried all the same.`,
    );
  return { entry, notes: standingNotes(entry) };
}

/** The number that counts up decides, because a wrong clock names a backup wrongly; then the store's clock. */
function newestFirst(entries: readonly Entry[]): Complete[] {
  return entries
    .filter((entry): entry is Complete => entry.state === "complete")
    .sort((a, b) => b.manifest.sequence - a.manifest.sequence || b.stored.getTime() - a.stored.getTime());
}

function fit(entry: Complete, unproven: boolean): boolean {
  const { proven, failed } = standingOf(entry);
  return failed === undefined && (unproven || proven !== undefined);
}

function standingNotes(entry: Complete): string[] {
  const { proven, failed, anomalies } = standingOf(entry);
  return [
    ...(proven === undefined && failed === undefined ? [`backup ${entry.id} has not been proven yet`] : []),
    ...(failed === undefined ? [] : [`backup ${entry.id} failed its last check: ${failed}`]),
    ...anomalies.map((anomaly) => `backup ${entry.id} is unlike those before it: ${anomaly}`),
  ];
}

/** A sentence with what to restore instead: the newest good one that is not newer than the bad one, else the newest good one. */
export function nextBest(entries: readonly Entry[], bad: Pick<Entry, "database" | "id">): string {
  const good = newestFirst(entries).filter(
    (entry) =>
      entry.database === bad.database &&
      entry.id !== bad.id &&
      entry.manifest.scope.whole &&
      standingOf(entry).failed === undefined,
  );
  const order = (entry: Complete) =>
    [standingOf(entry).proven === undefined ? 1 : 0, entry.id < bad.id ? 0 : 1] as const;
  const best = good.toSorted((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1])[0];
  if (best === undefined) return `There is no other whole backup of this database. ${list}`;
  const proven = standingOf(best).proven === undefined ? "not proven yet" : "proven";
  return `The next best is ${best.id} (${proven}).`;
}

function nothingFits(entries: readonly Entry[], candidates: readonly Complete[], until: Date | undefined): GoliveError {
  const when = until === undefined ? "" : ` of ${until.toISOString()} or before`;
  const [first] = candidates;
  if (first === undefined)
    return new GoliveError(
      "BACKUP_NOT_FOUND",
      entries.length === 0 ? `there is no backup${when}` : `none of ${entries.length} backups is a whole one${when}`,
      list,
    );
  return new GoliveError(
    "BACKUP_NOT_FOUND",
    `none of ${candidates.length} whole backups${when} is proven`,
    `Prove the newest with \`golive-backup verify\`, or take it as it is: name ${first.id}, or give --unproven.`,
  );
}
