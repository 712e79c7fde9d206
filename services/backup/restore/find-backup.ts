import { GoliveError } from "@golive/errors/golive-error.ts";
import { readCatalogue } from "../catalogue/catalogue.ts";
import { type Chosen, chooseBackup } from "./choose.ts";
import type { RestoreOptions } from "./options.ts";
import type { RestoreWorld } from "./restore-world.ts";
import { readUnsigned } from "./unsigned.ts";

/** The chosen backup, out of the store that is read from. @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED, USAGE */
export async function findBackup(world: RestoreWorld, options: RestoreOptions): Promise<Chosen> {
  const { store, trusted, report } = world;
  const read = options.allowUnsigned ? readUnsigned : readCatalogue;
  if (options.allowUnsigned)
    report(
      "warning: signatures are not checked: anybody who can write to the store may have made what is restored now",
    );
  const entries = await read(store, { trusted, database: options.database });
  const databases = [...new Set(entries.map(({ database }) => database))];
  const byId = typeof options.choice === "object" && "id" in options.choice;
  if (!byId && databases.length > 1)
    throw new GoliveError(
      "USAGE",
      `the store holds backups of ${databases.map((name) => JSON.stringify(name)).join(", ")}`,
      "Name one with --database.",
    );
  const chosen = chooseBackup(entries, options.choice, options.unproven);
  for (const note of chosen.notes) report(`note: ${note}`);
  return chosen;
}
