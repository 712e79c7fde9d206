import { type Complete, standingOf } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { ofRestores } from "../catalogue/stands-for-database.ts";

/** A week of nightly backups: long enough that one odd one among them does not move the middle, and no weekday is odd. */
export const compared = 7;

/** What one backup of a scope can be compared with another by. */
export type Measured = Pick<Manifest, "sequence" | "scope" | "reason" | "tables"> & {
  readonly dump: Pick<Manifest["dump"], "plain">;
};
/** A stored one, and what people said of it. */
export type Predecessor = Pick<Complete, "records"> & { readonly manifest: Measured & Pick<Manifest, "anomalies"> };

/** Those before it of the same scope, newest first. What was made in the course of a restore belongs to no line. */
export function earlierOf<B extends Predecessor>(backup: Measured, others: readonly B[]): B[] {
  const scope = JSON.stringify(backup.scope);
  return others
    .filter(({ manifest }) => manifest.sequence < backup.sequence && !ofRestores.has(manifest.reason))
    .filter(({ manifest }) => JSON.stringify(manifest.scope) === scope)
    .sort((a, b) => b.manifest.sequence - a.manifest.sequence);
}

/**
 * Those that say what a backup usually looks like: the last seven before it that nobody has to look at any more. An anomaly that
 * nobody accepted says nothing of what is usual, however many nights it lasts. One that was accepted is the new usual, and what was
 * before it counts no more: a person has to say so once.
 */
export function predecessorsOf<B extends Predecessor>(backup: Measured, others: readonly B[]): B[] {
  const settled = earlierOf(backup, others).filter((one) => standingOf(one).anomalies.length === 0);
  const accepted = settled.findIndex(({ manifest }) => manifest.anomalies.length > 0);
  return settled.slice(0, accepted === -1 ? compared : Math.min(compared, accepted + 1));
}

/** One entry a backup, with the words of all its copies: what a person accepted in one store is accepted. */
export function mergeCopies(entries: readonly Complete[]): Complete[] {
  return [...Map.groupBy(entries, ({ id }) => id).values()].flatMap(([first, ...copies]) =>
    first ? [{ ...first, records: [first, ...copies].flatMap(({ records }) => records) }] : [],
  );
}
