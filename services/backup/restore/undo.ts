import { GoliveError } from "@golive/errors/golive-error.ts";
import { databaseExists } from "../postgres/database.ts";
import { connect, type Session } from "../postgres/session.ts";
import { confirm } from "./consent.ts";
import { keptName, scratchName } from "./marks.ts";
import { removeDatabase } from "./remove-database.ts";
import { restoreLock } from "./restore-lock.ts";
import type { ServerWorld } from "./restore-world.ts";
import { type Kept, lastOf, readState } from "./state.ts";
import { swapDatabases } from "./swap.ts";

export interface UndoOptions {
  readonly database: string;
  /** Name of the kept database to bring back; the newest when undefined. */
  readonly to?: string | undefined;
  /** Also when it is older than an undo is offered for. */
  readonly expired?: boolean | undefined;
}

export interface UndoReport {
  readonly database: string;
  /** `nothing` when it was undone before. `cleared` when a restore that never got to its swap was taken away. */
  readonly did: "swapped back" | "cleared" | "nothing";
  /** Backup whose restore was undone. */
  readonly backup: string | null;
  /** What the restore had put there, under this name now. */
  readonly kept: string | null;
  readonly gapMs: number | null;
  readonly sessionsEnded: number;
  readonly warnings: readonly string[];
}

/**
 * Brings back what a restore replaced. What happened last is told by the databases that are kept: run again it finds that it was done
 * and does nothing; and it takes away what a killed restore left.
 *
 * @throws RESTORE_REFUSED when there is nothing to bring back, or it is too old, or the server refuses; LOCKED
 */
export async function undo(world: ServerWorld, { database, to, expired = false }: UndoOptions): Promise<UndoReport> {
  const { postgres, signal, now, report } = world;
  await using session = await connect(postgres, postgres.maintenanceDatabase, signal);
  await restoreLock.take(session, database);
  const kept = await readState(session);
  const nothing = { database, backup: null, kept: null, gapMs: null, sessionsEnded: 0, warnings: [] };
  const left = kept.find(({ name }) => name === scratchName(database));
  if (left && to === undefined) {
    await removeDatabase(session, postgres, left.name);
    report(`dropped ${left.name}, left by a restore that was broken off before it replaced anything`);
    return { ...nothing, did: "cleared", backup: left.mark?.backup ?? null };
  }
  const last = lastOf(kept, database);
  if (to === undefined && last?.kind === "undone")
    return { ...nothing, did: "nothing", kept: last.name, backup: last.mark?.backup ?? null };
  const back = to === undefined ? last : kept.find(({ name, kind }) => name === to && kind !== "scratch");
  if (back === undefined) throw nothingKept(database, to);
  refuseIfOld(world, back, expired);
  refuseIfHeld(back);
  const at = back.mark?.at ?? "an unknown time";
  await confirm(world.consent, database, [
    `database ${JSON.stringify(database)} will be replaced by ${back.name}, which was put aside at ${at}`,
    `what is there now is kept as well, as ${"golive_undone_…"}`,
  ]);
  await using killer = await connect(postgres, postgres.maintenanceDatabase, signal);
  const backup = back.mark?.backup ?? "";
  const aside = { name: keptName("undone", now()), kind: "undone", backup, at: now() } as const;
  const swapped = await swapDatabases(session, killer, { live: database, incoming: back.name, aside }, world.atStep);
  await world.atStep?.("swapped");
  return {
    database,
    did: "swapped back",
    backup: backup === "" ? null : backup,
    kept: swapped.aside ?? null,
    gapMs: swapped.gapMs,
    sessionsEnded: swapped.sessionsEnded,
    warnings: await replicationNotes(session, database),
  };
}

function nothingKept(database: string, to: string | undefined): GoliveError {
  return new GoliveError(
    "RESTORE_REFUSED",
    to === undefined
      ? `there is nothing to undo: no restore has replaced ${JSON.stringify(database)} on this server, or what it replaced was dropped`
      : `there is no kept database ${JSON.stringify(to)}`,
    "See what is kept with `golive-backup restore status`.",
  );
}

function refuseIfOld({ now, undoDays }: ServerWorld, { name, mark }: Kept, expired: boolean): void {
  const days = mark ? (now().getTime() - Date.parse(mark.at)) / 86_400_000 : 0;
  if (days <= undoDays || expired) return;
  throw new GoliveError(
    "RESTORE_REFUSED",
    `${name} was put aside ${Math.floor(days)} days ago; an undo is offered for ${undoDays}`,
    "Everything written since would be out of the way. Give --expired when that is what you want.",
  );
}

function refuseIfHeld({ name, prepared }: Kept): void {
  if (prepared.length === 0) return;
  throw new GoliveError(
    "RESTORE_REFUSED",
    `prepared transactions ${prepared.map((gid) => JSON.stringify(gid)).join(", ")} keep ${name} from being renamed`,
    "Nothing was changed. End each with COMMIT PREPARED or ROLLBACK PREPARED in that database.",
  );
}

async function replicationNotes(session: Session, database: string): Promise<string[]> {
  if (!(await databaseExists(session, database))) return [];
  const slots = await session.query("select from pg_catalog.pg_replication_slots where database = $1", [database]);
  return slots.length === 0 ? [] : ["its replication slots are in use again: their readers go on where they stopped"];
}
