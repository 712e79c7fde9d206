import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { asStoreFailure } from "../storage/store-failure.ts";
import { type BackupOptions, type BackupWorld, takeBackup } from "./take-backup.ts";

/**
 * Backs several databases up, one after the other. One that fails does not keep the others from their backup.
 *
 * @throws BACKUP_FAILED naming those without one. With a single database its own error comes out as it is.
 */
export async function takeBackups(
  world: BackupWorld,
  databases: readonly string[],
  options: Omit<BackupOptions, "database"> = {},
): Promise<Manifest[]> {
  const [only, ...more] = databases;
  if (only !== undefined && more.length === 0) return [await takeBackup(world, { ...options, database: only })];
  const done: Manifest[] = [];
  const failed: { database: string; error: Error }[] = [];
  for (const database of databases)
    try {
      done.push(await takeBackup(world, { ...options, database }));
    } catch (thrown) {
      world.signal.throwIfAborted();
      const error = asStoreFailure(thrown) as Error;
      failed.push({ database, error });
      world.report(`error: database ${JSON.stringify(database)}: ${error.message}`);
    }
  const [first] = failed;
  if (first === undefined) return done;
  const names = (some: readonly { database: string }[]) =>
    some.map(({ database }) => JSON.stringify(database)).join(", ");
  throw new GoliveError(
    "BACKUP_FAILED",
    `no backup of ${failed.map(({ database, error }) => `${JSON.stringify(database)}: ${error.message}`).join("; ")}${done.length > 0 ? `; done: ${names(done)}` : ""}`,
    first.error instanceof GoliveError ? first.error.hint : "Cure the cause, then run the same command again.",
    { cause: first.error },
  );
}
