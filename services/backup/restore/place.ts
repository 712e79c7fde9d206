import type { Manifest } from "../catalogue/manifest.ts";
import { connect, type Session } from "../postgres/session.ts";
import type { Checked } from "./check-restore.ts";
import { applyDatabaseSettings, databaseProperties } from "./database-properties.ts";
import { applyArchiveRights, copyDatabaseRights } from "./database-rights.ts";
import { guardSession } from "./guard-session.ts";
import { keptName } from "./marks.ts";
import type { Target } from "./options.ts";
import { placeTable } from "./place-table.ts";
import { removeDatabase } from "./remove-database.ts";
import type { RestoreWorld } from "./restore-world.ts";
import { swapDatabases } from "./swap.ts";
import { targetExists } from "./target.ts";

export interface Placed {
  readonly gapMs: number | null;
  readonly sessionsEnded: number;
  /** Database that was replaced, under the name it has now. */
  readonly kept: string | null;
  readonly warnings: readonly string[];
}

/** Gives the proven copy its place. The last step of a restore, and the only one that changes what others use. */
export async function place(
  world: RestoreWorld,
  session: Session,
  scratch: string,
  { manifest, name, target, checked }: { manifest: Manifest; name: string; target: Target; checked: Checked },
): Promise<Placed> {
  const { postgres, signal, now } = world;
  if (target.kind === "table") {
    const guard = guardSession(session, signal);
    await guard.run(
      placeTable({ ...world, signal: guard.signal }, { scratch, database: name, copy: target.copy, manifest }),
    );
    await removeDatabase(session, postgres, scratch);
    return { gapMs: null, sessionsEnded: 0, kept: null, warnings: [] };
  }
  const entries = checked.toc?.entries;
  const warnings = checked.part ? [] : await applyDatabaseSettings(session, scratch, manifest, entries);
  const replaces = target.kind === "replace" && checked.server.live !== undefined;
  if (replaces) await copyDatabaseRights(session, name, scratch);
  else if (checked.plan.rights && !checked.part)
    warnings.push(...(await applyArchiveRights(session, entries ?? [], scratch)));
  await using killer = await connect(postgres, postgres.maintenanceDatabase, signal);
  const aside = replaces
    ? ({ name: keptName("before", now()), kind: "before", backup: manifest.id, at: now() } as const)
    : undefined;
  const swapped = await swapDatabases(
    session,
    killer,
    { live: name, incoming: scratch, aside, asNew: checked.part ? undefined : entries && databaseProperties(entries) },
    world.atStep,
  ).catch((error: Error & { code?: string }) => {
    // Made by somebody since it was looked for.
    throw error.code === "42P04" ? targetExists(name) : error;
  });
  return {
    gapMs: replaces ? swapped.gapMs : null,
    sessionsEnded: swapped.sessionsEnded,
    kept: swapped.aside ?? null,
    warnings,
  };
}
