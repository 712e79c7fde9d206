import type { Complete, Entry } from "../catalogue/catalogue.ts";
import type { ToldOf } from "../notify/last-told.ts";
import { newestFirst } from "./newest.ts";
import type { Schedule } from "./schedules.ts";

/** Something that was looked up, or why it could not be. */
export type Known<T> = { readonly value: T } | { readonly problem: string };

/** Everything that the checks judge: gathered first, then looked at without asking anything of the world. */
export interface Facts {
  readonly now: Date;
  /** What lies in the store that is read from, newest first. */
  readonly catalogue: Known<readonly Entry[]>;
  /** Databases that must have backups, in order of their names. */
  readonly databases: readonly string[];
  /** The newest backups, read whole lately. `undefined` when no look at one was asked for. */
  readonly samples: Known<readonly Sample[]> | undefined;
  readonly stores: readonly StoreFacts[];
  /** What people were last told of each kind of run. */
  readonly told: readonly ToldOf[];
  /** Of the cluster's own clockwork; `undefined` where none is named. */
  readonly schedules: Known<readonly Schedule[]> | undefined;
  /** `undefined` when no server is named to ask. */
  readonly wal: Known<WalFacts> | undefined;
}

export interface Sample {
  readonly database: string;
  readonly id: string;
  readonly bytes: number;
  /** In words; undefined when the bytes are those of the manifest. */
  readonly damage: string | undefined;
}

export interface StoreFacts {
  readonly name: string;
  /** Why it does not answer; the rest is not known then. */
  readonly problem: string | undefined;
  /** The store's clock minus ours. */
  readonly skewSeconds: number | undefined;
  /** Of the newest backup of each database. */
  readonly newest: readonly {
    readonly database: string;
    readonly id: string;
    /** Whether this store has it: with two destinations one may have missed it. */
    readonly present: boolean;
    readonly lockedUntil: Date | undefined;
  }[];
  /** Whether it can lock at all; a folder cannot. */
  readonly locks: boolean;
  /** Of the file system; undefined for an object store. */
  readonly freeBytes: number | undefined;
  /** Uploads begun and never finished that are older than a day; undefined when the store does not tell. */
  readonly unfinished: number | undefined;
}

export interface WalFacts {
  /** When its files were made: what is younger than its first backup's time has none yet. */
  readonly since: Date | undefined;
  /** Every database of it that can be connected to. */
  readonly databases: readonly string[];
  readonly archiving: boolean;
  /** Since when the server counts what its archiver does: its start, or a reset of its counters. Undefined when it does not tell. */
  readonly countedSince: Date | undefined;
  /** Undefined when nothing was ever archived. */
  readonly lastArchived: Date | undefined;
  readonly lastFailed: Date | undefined;
  readonly failures: number;
  /** Whole segments that wait for the archive; undefined when the server cannot tell (a standby, a history file archived last). */
  readonly waitingSegments: number | undefined;
  /** After which time a segment that is not full is archived too; 0 is never. */
  readonly archiveTimeoutSeconds: number;
  readonly slots: readonly {
    readonly name: string;
    readonly active: boolean;
    /** WAL that it holds back. */
    readonly bytes: number;
    /** As in pg_replication_slots: reserved, extended, unreserved, lost. */
    readonly status: string | undefined;
  }[];
  /** Earliest moment that can be restored, when the archive tells. */
  readonly firstRecoverable: Known<Date> | undefined;
}

/** The whole backups of a database, newest first: by the manifests' sequence, which no wrong clock can change. */
export function backupsOf(entries: readonly Entry[], database: string): Complete[] {
  return entries
    .filter((entry) => entry.database === database)
    .filter((entry) => entry.state === "complete")
    .sort(newestFirst);
}
