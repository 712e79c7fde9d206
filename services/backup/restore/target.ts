import { GoliveError } from "@golive/errors/golive-error.ts";
import { databaseExists } from "../postgres/database.ts";
import { connect, type Session } from "../postgres/session.ts";
import { kindOf } from "./marks.ts";
import type { Target } from "./options.ts";
import { assertFree } from "./place-table.ts";
import type { RestoreWorld } from "./restore-world.ts";

/** Postgres cuts longer names without a word, so two names could be one database. */
export function checkName(name: string, { kind }: Target): void {
  const bytes = Buffer.byteLength(name);
  if (bytes >= 1 && bytes <= 63 && !name.includes("\0") && kindOf(name) === undefined) return;
  throw new GoliveError(
    "USAGE",
    `${JSON.stringify(name)} (${bytes} bytes) cannot be the name of the ${kind === "into" ? "restored" : "live"} database`,
    "Name one of 1 to 63 bytes that does not begin with golive_restore_, golive_before_ or golive_undone_.",
  );
}

export const targetExists = (into: string): GoliveError =>
  new GoliveError(
    "RESTORE_TARGET_EXISTS",
    `there is a database ${JSON.stringify(into)} already`,
    "Name another one with --into, or put the backup in its place with --replace; nothing was touched.",
  );

/** Nothing that exists is written over. @throws RESTORE_TARGET_EXISTS, RESTORE_REFUSED */
export async function checkTarget(
  { postgres, signal }: RestoreWorld,
  session: Session,
  name: string,
  target: Target,
): Promise<void> {
  const exists = await databaseExists(session, name);
  if (target.kind === "into" && exists) throw targetExists(name);
  if (target.kind !== "table") return;
  if (!exists)
    throw new GoliveError(
      "RESTORE_REFUSED",
      `there is no database ${JSON.stringify(name)} to put a table into`,
      "Name the live one with --database, or restore with --into.",
    );
  await using live = await connect(postgres, name, signal);
  await assertFree(live, name, target.copy.as);
}
