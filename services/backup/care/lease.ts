import { GoliveError } from "@golive/errors/golive-error.ts";
import { type BackupName, keyOf } from "../catalogue/keys.ts";
import { writeRecord } from "../catalogue/records.ts";
import type { Report } from "../progress.ts";
import type { Signer } from "../signing/envelope.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/**
 * Longer than the deadline of any job that reads a backup, so that nobody has to renew one. A lease ends by itself: what outlives
 * its holder costs a day of storage, while a lease that had to be ended would stay for ever after a killed restore.
 */
export const leaseHours = 24;

export interface LeaseWorld {
  /** The store that is going to be read. */
  readonly store: ObjectStore;
  /** Without one there is no lease: who restores in an emergency may hold no signing key. */
  readonly signer: Signer | undefined;
  readonly report: Report;
}

/**
 * Tells pruning that a backup is about to be read: for `leaseHours`, by the store's clock. Call it before the first read. Where it
 * cannot be written (no signing key, no right to write) a warning is all: pruning takes old backups only, so a restore is not to be
 * stopped by that.
 * @throws BACKUP_NOT_FOUND when the backup is gone, or going, by then.
 */
export async function leaseBackup({ store, signer, report }: LeaseWorld, of: BackupName, by: string): Promise<void> {
  if (signer === undefined) report(`warning: no signing key, so pruning is not told that ${of.id} is being read`);
  else
    await writeLease(store, signer, of, by).catch((error: Error) => {
      report(`warning: pruning is not told that ${of.id} is being read: ${error.message}`);
    });
  // Asked after the lease is written: pruning reads the ledger and then removes the dump first.
  if ((await store.size(keyOf(of, "dump"))) === undefined)
    throw new GoliveError(
      "BACKUP_NOT_FOUND",
      `backup ${of.id} of database ${JSON.stringify(of.database)} has no dump in ${store.name} any more`,
      "See what is there with `golive-backup list`.",
    );
}

async function writeLease(store: ObjectStore, signer: Signer, { database, id }: BackupName, by: string): Promise<void> {
  const at = await store.clock();
  const until = new Date(at.getTime() + leaseHours * 3_600_000).toISOString();
  const { key, body } = writeRecord(
    { version: 1, kind: "reading", database, id, at: at.toISOString(), until, by },
    signer,
  );
  await store.putNew(key, body);
}
