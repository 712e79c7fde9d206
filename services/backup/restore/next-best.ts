import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Entry, readCatalogue } from "../catalogue/catalogue.ts";
import { nextBest } from "./choose.ts";
import type { RestoreWorld } from "./restore-world.ts";

/** Damage is found while an archive is read: whoever is in an emergency then needs the name of another backup. Always throws. */
export async function nameNextBest(
  { store, trusted }: Pick<RestoreWorld, "store" | "trusted">,
  bad: Entry,
  error: unknown,
): Promise<never> {
  if (!(error instanceof GoliveError) || error.code !== "BACKUP_DAMAGED") throw error;
  // Help, and no more: what it could fail of is told by the error itself.
  const others = await readCatalogue(store, { trusted, database: bad.database }).catch(() => []);
  throw new GoliveError(error.code, error.message, `Nothing was replaced. ${nextBest(others, bad)}`, { cause: error });
}
