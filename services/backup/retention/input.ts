import { type Entry, type Standing, standingOf } from "../catalogue/catalogue.ts";
import { type BackupName, parseKey } from "../catalogue/keys.ts";
import { standsForDatabase } from "../catalogue/stands-for-database.ts";

/** What a signed manifest says of when and what. */
export interface Made {
  /** The order of a database's backups, whatever any clock said. */
  readonly sequence: number;
  /** The moment that the backup shows. */
  readonly started: Date;
  readonly finished: Date;
  /** It can stand in for an older one, and pruning waits when it is the newest and odd: see `standsForDatabase`. */
  readonly counts: boolean;
}

/** What retention looks at: nothing else of a backup matters to it. */
export interface RetentionInput extends BackupName {
  readonly state: Entry["state"];
  /** What is wrong, in words; undefined for a complete one. */
  readonly problem: string | undefined;
  /** Undefined unless complete. */
  readonly made: Made | undefined;
  /** By the store's clock. */
  readonly stored: Date;
  readonly standing: Pick<Standing, "proven" | "failed" | "held" | "leased" | "anomalies">;
  /** Nothing but records is left: the rest of a backup that was removed. */
  readonly empty: boolean;
  /** The ledger knows it, so it was a backup once, and not a run that broke off. */
  readonly known: boolean;
}

export function inputOf(entry: Entry): RetentionInput {
  const { database, id, state, stored, records, keys } = entry;
  const empty = keys.every((key) => parseKey(key)?.kind === "record");
  const common = { database, id, state, stored, empty, known: records.length > 0 };
  if (entry.state !== "complete")
    return { ...common, problem: entry.problem, made: undefined, standing: standingOf({ records }) };
  const { sequence, started, finished } = entry.manifest;
  return {
    ...common,
    problem: undefined,
    made: {
      sequence,
      started: new Date(started),
      finished: new Date(finished),
      counts: standsForDatabase(entry.manifest),
    },
    standing: standingOf(entry),
  };
}

/** Newest first: by the manifest's sequence, then by the store's clock. Never by a clock of a machine that made a backup. */
export const newestFirst = (a: RetentionInput, b: RetentionInput): number =>
  (b.made?.sequence ?? -1) - (a.made?.sequence ?? -1) ||
  b.stored.getTime() - a.stored.getTime() ||
  // Nothing tells them apart any more, but the answer must not depend on how they were listed.
  (b.id < a.id ? -1 : 1);
