import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Entry, readCatalogue, type Standing, standingOf } from "../catalogue/catalogue.ts";
import type { BackupName } from "../catalogue/keys.ts";
import { writeRecord } from "../catalogue/records.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import type { ObjectStore } from "../storage/object-store.ts";

export interface WordWorld {
  /** Every store that may have the backup: pruning reads the ledger of the store that it prunes. */
  readonly stores: readonly ObjectStore[];
  readonly trusted: TrustedKeys;
  readonly signer: Signer;
}

/** What a person may say of a backup. */
export type Word = "held" | "released" | "accepted";

export interface Said extends BackupName {
  readonly word: Word;
  readonly reason: string;
  readonly by: string;
  /** Names of the stores whose ledger it was written to; where it was so already, nothing is written. */
  readonly written: readonly string[];
  readonly already: readonly string[];
}

/** Whether a word would say nothing new. */
const says = {
  held: ({ held }, reason) => held?.reason === reason,
  released: ({ held }) => held === undefined,
  accepted: ({ anomalies }) => anomalies.length === 0,
} as const satisfies Record<Word, (standing: Standing, reason: string) => boolean>;

/**
 * Writes a person's word on a backup into the ledger of every store that has it. Said twice, it is written once.
 * @throws BACKUP_NOT_FOUND, USAGE when several databases have that id, BACKUP_DAMAGED for a folder whose manifest nobody trusted signed.
 */
export async function say(
  { stores, trusted, signer }: WordWorld,
  word: Word,
  which: { readonly id: string; readonly database?: string | undefined },
  { reason, by }: { reason: string; by: string },
): Promise<Said> {
  const found: { store: ObjectStore; entry: Entry }[] = [];
  for (const store of stores)
    for (const entry of await readCatalogue(store, { trusted, ...which })) found.push({ store, entry });
  const database = oneDatabase(
    found.map(({ entry }) => entry),
    which.id,
  );
  const written: string[] = [];
  const already: string[] = [];
  for (const { store, entry } of found) {
    if (says[word](standingOf(entry), reason)) {
      already.push(store.name);
      continue;
    }
    const at = (await store.clock()).toISOString();
    const { key, body } = writeRecord({ version: 1, kind: word, database, id: which.id, at, reason, by }, signer);
    await store.putNew(key, body);
    written.push(store.name);
  }
  return { database, id: which.id, word, reason, by, written, already };
}

/** The database that an id means. @throws BACKUP_NOT_FOUND, USAGE, BACKUP_DAMAGED */
export function oneDatabase(entries: readonly Entry[], id: string): string {
  const databases = [...new Set(entries.map(({ database }) => database))];
  const [database] = databases;
  if (database === undefined)
    throw new GoliveError(
      "BACKUP_NOT_FOUND",
      `there is no backup ${JSON.stringify(id)}`,
      "See what is there with `golive-backup list`.",
    );
  if (databases.length > 1)
    throw new GoliveError(
      "USAGE",
      `databases ${databases.map((name) => JSON.stringify(name)).join(" and ")} have a backup ${id} each`,
      "Name one with --database.",
    );
  const foreign = entries.find(({ state }) => state === "untrusted");
  if (foreign?.state === "untrusted")
    throw new GoliveError(
      "BACKUP_DAMAGED",
      `backup ${id}: ${foreign.problem}`,
      "Add the key that signed it to BACKUP_TRUSTED_KEYS_FILE, if it is known.",
    );
  return database;
}
