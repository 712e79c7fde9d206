import { leaseBackup } from "../care/lease.ts";
import { type Manifest, totalRows } from "../catalogue/manifest.ts";
import { connect } from "../postgres/session.ts";
import { buildCopy } from "./build.ts";
import { checkRestore, consentLines } from "./check-restore.ts";
import { confirm } from "./consent.ts";
import { findBackup } from "./find-backup.ts";
import { scratchName } from "./marks.ts";
import { nameNextBest } from "./next-best.ts";
import type { RestoreOptions } from "./options.ts";
import type { ChosenPart } from "./part.ts";
import { place } from "./place.ts";
import type { RestoreReport } from "./report.ts";
import { restoreLock } from "./restore-lock.ts";
import type { RestoreWorld } from "./restore-world.ts";
import { safetyBackup } from "./safety-backup.ts";
import { discardScratch } from "./scratch-database.ts";
import { checkName, checkTarget } from "./target.ts";

/**
 * Restores a backup beside what exists, proves that it is what was backed up, and only then gives it the place it was made for. Until
 * that last step, which is one transaction of the server, nothing that clients use has changed, however the run ends.
 *
 * @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED, BACKUP_UNDECRYPTABLE about the backup; RESTORE_TARGET_EXISTS, RESTORE_REFUSED before anything
 * is made; RESTORE_MISMATCH when what was restored is not what was backed up; LOCKED when another one is at work
 */
export async function restore(world: RestoreWorld, options: RestoreOptions): Promise<RestoreReport> {
  const { store, postgres, report, signal, now, atStep } = world;
  const total = stopwatch();
  const { entry, notes } = await findBackup(world, options);
  const { manifest } = entry;
  const { target } = options;
  const name = target.database ?? manifest.database;
  checkName(name, target);
  await atStep?.("chosen");

  await using session = await connect(postgres, postgres.maintenanceDatabase, signal);
  await restoreLock.take(session, name);
  await checkTarget(world, session, name, target);
  await leaseBackup({ store, signer: world.signer, report }, entry, `restore into ${name}`);
  const checked = await checkRestore(world, session, manifest, name, options).catch((error: unknown) =>
    nameNextBest(world, entry, error),
  );
  await atStep?.("checked");
  if (target.kind === "replace" && checked.server.live)
    await confirm(world.consent, name, consentLines(world, manifest, name, checked, notes));

  const saving = stopwatch();
  const saved = await safetyBackup(world, name, checked.server, options);
  const safetySeconds = saving();
  await atStep?.("saved");

  const scratch = scratchName(name);
  let placed = false;
  try {
    const built = await buildCopy(world, session, scratch, { entry, manifest, target: name, checked });
    const placing = stopwatch();
    const result = await place(world, session, scratch, { manifest, name, target, checked });
    placed = true;
    await atStep?.("swapped");
    return {
      id: manifest.id,
      from: manifest.database,
      into: name,
      mode: target.kind,
      ...sizeOf(manifest, checked.part),
      bytes: built.bytes,
      jobs: built.jobs,
      phases: {
        fetch: round(built.seconds.fetch),
        restore: round(built.seconds.restore),
        compare: round(built.compareSeconds),
        swap: round(placing()),
        safetyBackup: round(safetySeconds),
        total: round(total()),
      },
      gapMs: result.gapMs,
      sessionsEnded: result.sessionsEnded,
      kept: result.kept,
      undoUntil: result.kept === null ? null : new Date(now().getTime() + world.undoDays * 86_400_000).toISOString(),
      safetyBackup: saved,
      findings: checked.findings,
      warnings: [...notes, ...built.warnings, ...(checked.part?.leftOut ?? []), ...result.warnings],
    };
  } finally {
    if (!placed) await discardScratch(world, scratch);
  }
}

/** Seconds since it was started. */
function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

function sizeOf({ tables }: Manifest, part: ChosenPart | undefined): { tables: number; rows: number } {
  const wanted = part && new Set(part.relations.map(({ schema, name }) => JSON.stringify([schema, name])));
  const restored = tables.filter(({ schema, name }) => wanted?.has(JSON.stringify([schema, name])) ?? true);
  return { tables: restored.length, rows: totalRows(restored) };
}
