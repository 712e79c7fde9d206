import { GoliveError } from "@golive/errors/golive-error.ts";
import { bytesText } from "../format.ts";
import { connect } from "../postgres/session.ts";
import { confirm } from "./consent.ts";
import { removeDatabase } from "./remove-database.ts";
import { restoreLock } from "./restore-lock.ts";
import type { ServerWorld } from "./restore-world.ts";
import { type Kept, readState } from "./state.ts";

export interface DropReport {
  readonly dropped: string;
  readonly bytes: number;
  /** What went with it, in words. */
  readonly with: readonly string[];
}

/**
 * Drops a database that a restore or an undo kept, or that a killed restore left; never another. What other machines read from it, or
 * it from them, goes only with `force`.
 *
 * @throws RESTORE_REFUSED, LOCKED
 */
export async function drop(world: ServerWorld, name: string, force = false): Promise<DropReport> {
  const { postgres, signal } = world;
  await using session = await connect(postgres, postgres.maintenanceDatabase, signal);
  const found = (await readState(session)).find((kept) => kept.name === name);
  if (found === undefined)
    throw new GoliveError(
      "RESTORE_REFUSED",
      `${JSON.stringify(name)} is no database that a restore keeps`,
      "See those with `golive-backup restore status`; others are not dropped by this program.",
    );
  if (found.mark) await restoreLock.take(session, found.mark.live);
  const holds = holdsOf(found);
  if (found.prepared.length > 0 || (holds.length > 0 && !force))
    throw new GoliveError(
      "RESTORE_REFUSED",
      `${name} holds ${[...found.prepared.map((gid) => `prepared transaction ${JSON.stringify(gid)}`), ...holds].join(", ")}`,
      found.prepared.length > 0
        ? "End each prepared transaction with COMMIT PREPARED or ROLLBACK PREPARED in that database first."
        : "Their readers could not go on after that. Move them first, or give --force.",
    );
  await confirm(world.consent, name, [
    `database ${name} (${bytesText(found.bytes)}) will be dropped for good`,
    ...holds,
  ]);
  await removeDatabase(session, postgres, name);
  return { dropped: name, bytes: found.bytes, with: holds };
}

const holdsOf = ({ slots, subscriptions }: Kept): string[] => [
  ...slots.map((slot) => `replication slot ${JSON.stringify(slot)}`),
  ...subscriptions.map((one) => `subscription ${JSON.stringify(one)}, whose slot stays on the publisher`),
];
