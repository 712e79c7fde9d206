import type { Entry } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import type { Session } from "../postgres/session.ts";
import type { Checked } from "./check-restore.ts";
import { compareRestored, refuseDifferent } from "./compare-restored.ts";
import { guardSession } from "./guard-session.ts";
import { type Loaded, loadArchive, refuseFailed } from "./load-archive.ts";
import { makeRoles } from "./make-roles.ts";
import { nameNextBest } from "./next-best.ts";
import { removeDatabase } from "./remove-database.ts";
import type { RestoreWorld } from "./restore-world.ts";
import { createScratch } from "./scratch-database.ts";

export interface Built extends Loaded {
  /** Time for the comparison, in seconds. */
  readonly compareSeconds: number;
}

/**
 * Restores beside everything that exists, and compares. What comes out of this is what was backed up, or an error.
 * @throws RESTORE_MISMATCH, BACKUP_DAMAGED with the next best backup
 */
export async function buildCopy(
  given: RestoreWorld,
  session: Session,
  scratch: string,
  { entry, manifest, target, checked }: { entry: Entry; manifest: Manifest; target: string; checked: Checked },
): Promise<Built> {
  const guard = guardSession(session, given.signal);
  const world: RestoreWorld = { ...given, signal: guard.signal };
  await makeRoles(world, session, manifest, checked);
  // Left by a restore that was killed; its lock is gone, so nobody works on it any more.
  await removeDatabase(session, world.postgres, scratch);
  await createScratch(session, scratch, manifest, checked.plan, { live: target, at: world.now() });
  await world.atStep?.("created");
  const loaded = await guard.run(load(world, manifest, scratch, checked, entry));
  await world.atStep?.("loaded");
  const begun = performance.now();
  world.report("comparing every row with the manifest");
  const differences = await guard.run(compareRestored(world, scratch, manifest, checked.part?.relations));
  refuseFailed(loaded.failed, differences);
  refuseDifferent(manifest, differences);
  await world.atStep?.("compared");
  return { ...loaded, compareSeconds: (performance.now() - begun) / 1000 };
}

async function load(
  world: RestoreWorld,
  manifest: Manifest,
  scratch: string,
  { plan, server, part }: Checked,
  entry: Entry,
): Promise<Loaded> {
  const role = plan.owner === null || (server.me.superuser && plan.owners) ? undefined : plan.owner;
  const options = { ...plan, jobs: world.jobs, role, only: part && (() => part.entries) };
  return loadArchive(world, manifest, scratch, options).catch((error: unknown) => nameNextBest(world, entry, error));
}
