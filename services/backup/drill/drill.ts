import { leaseBackup } from "../care/lease.ts";
import { readCatalogue } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import { writeRecord } from "../catalogue/records.ts";
import type { DrillConfig } from "../config/drill.ts";
import type { Report } from "../progress.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { attempt, type Findings } from "./attempt.ts";
import { type Choice, chooseBackup } from "./choose.ts";
import { drillFailed } from "./drill-failure.ts";
import { type DrillOutcome, recordOf } from "./outcome.ts";
import { blameFor, failed, problemOf, type Verdict } from "./verdict.ts";

export interface DrillWorld {
  /** The backup is read from the first; its record goes to each that holds it. */
  readonly stores: readonly [ObjectStore, ...ObjectStore[]];
  readonly identities: readonly string[];
  readonly signer: Signer;
  readonly trusted: TrustedKeys;
  readonly config: DrillConfig;
  readonly now: () => Date;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface DrillOptions {
  /** Needed when the store holds backups of several. */
  readonly database?: string | undefined;
  readonly choice: Choice;
}

/**
 * Restores a backup into a server that is made for it and thrown away, compares it with its manifest and asks the application's
 * invariants. A bad end is an outcome, not an error: it is signed and kept beside the backup like a good one.
 * @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED when there is none to drill; DRILL_FAILED when the record cannot be kept
 */
export async function drill(world: DrillWorld, { database, choice }: DrillOptions): Promise<DrillOutcome> {
  const { stores, trusted, signer, report, signal } = world;
  const id = typeof choice === "object" ? choice.id : undefined;
  const { entry, passedOver } = chooseBackup(await readCatalogue(stores[0], { trusted, database, id }), choice);
  const { manifest } = entry;
  const begun = world.now();
  report(`drill of backup ${entry.id} of database ${JSON.stringify(entry.database)}`);
  await leaseBackup({ store: stores[0], signer, report }, entry, "drill");

  const findings: Findings = {
    phases: {},
    tables: 0,
    rows: 0,
    differences: [],
    invariants: [],
    warnings: [...passedOver],
  };
  const from = performance.now();
  const verdict = await attempt(world, manifest, findings).catch((error: unknown): Verdict => {
    signal.throwIfAborted();
    return failed(blameFor(error), problemOf(error));
  });
  const total = (performance.now() - from) / 1000;
  const outcome: DrillOutcome = {
    database: entry.database,
    id: entry.id,
    plane: "dump",
    ...verdict,
    at: begun.toISOString(),
    phases: wholePhases(findings, total),
    recoveryPointSeconds: Math.max(0, (begun.getTime() - Date.parse(manifest.started)) / 1000),
    tables: findings.tables,
    rows: findings.rows,
    exactTables: null,
    differences: findings.differences,
    invariants: findings.invariants,
    serverVersion: findings.serverVersion ?? null,
    recipient: findings.recipient ?? null,
    warnings: findings.warnings,
  };
  await keep(world, manifest, outcome);
  return outcome;
}

/** A drill that stopped half-way has measured no time to recover. */
function wholePhases(
  { phases: { start, fetch, restore, compare, invariants } }: Findings,
  total: number,
): DrillOutcome["phases"] {
  if (fetch === undefined || restore === undefined || compare === undefined) return null;
  const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
  return {
    ...(start === undefined ? {} : { start: round(start) }),
    ...{ fetch: round(fetch), restore: round(restore), compare: round(compare) },
    ...(invariants === undefined ? {} : { invariants: round(invariants) }),
    total: round(total),
  };
}

/** Without its record a drill did not happen: nothing that counts proofs would know of it. */
export async function keep(
  { stores, signer, report }: Pick<DrillWorld, "stores" | "signer" | "report">,
  manifest: Manifest,
  outcome: DrillOutcome,
): Promise<void> {
  const { key, body } = writeRecord(recordOf(outcome), signer);
  const [first, ...others] = stores;
  await first.putNew(key, body).catch((cause: Error) => {
    throw drillFailed(
      `the record of the drill of ${outcome.id} (${outcome.outcome}) cannot be kept: ${cause.message}`,
      "Cure the store and run the drill again; without its record it does not count.",
      cause,
    );
  });
  for (const store of others)
    try {
      if ((await store.size(keyOf(manifest, "manifest"))) !== undefined) await store.putNew(key, body);
    } catch (error) {
      report(`warning: ${store.name} did not take the record of the drill: ${(error as Error).message}`);
    }
}
