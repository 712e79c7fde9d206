import { setTimeout as pause } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { readCatalogue } from "../catalogue/catalogue.ts";
import type { Manifest } from "../catalogue/manifest.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import type { RecoveryConfig } from "../config/recovery.ts";
import type { KubernetesApi } from "../kubernetes/in-cluster.ts";
import { connect } from "../postgres/session.ts";
import { type ArchiveReach, reaches, readArchiveReach } from "../recovery/archive-reach.ts";
import { RecoveryFailed, type RecoverySeconds, recoverServer } from "../recovery/recovery-cluster.ts";
import type { Choice } from "./choose.ts";
import { chooseMoment } from "./choose-moment.ts";
import { keep } from "./drill.ts";
import { invariantsFor } from "./invariants.ts";
import { judgeRecovered, nothingFound, type RecoveredFindings } from "./judge-recovered.ts";
import type { DrillOutcome } from "./outcome.ts";
import type { RecoveredWorld } from "./recovered.ts";
import { type Blame, blameFor, failed, problemOf, type Verdict } from "./verdict.ts";

export type PointInTimeWorld = Omit<RecoveredWorld, "postgres"> & {
  /** The live server; the recovered one has the same login, database and authority, and another name. */
  readonly live: PostgresConfig;
  readonly recovery: RecoveryConfig;
  readonly kubernetes: (signal: AbortSignal) => KubernetesApi;
  /** Between two looks at the recovery, in ms. */
  readonly pauseMs?: number;
  /** How the recovered server is reached. @default by the name of its Service */
  readonly loginTo?: (host: string) => PostgresConfig;
};

export interface PointInTimeOptions {
  readonly choice: Choice;
  readonly share: number;
}

/**
 * The drill of the point-in-time plane, whole: has a server recovered from the archive to the very position in the log at which a
 * proven dump was taken, holds it against that dump's signed manifest, asks the application's invariants, and has it taken away again.
 * What came of it is signed and kept beside the dump, of which it proves nothing.
 * @throws BACKUP_NOT_FOUND, BACKUP_DAMAGED, LOCKED when there is nothing to do; DRILL_FAILED when the record cannot be kept
 */
export async function drillPointInTime(
  world: PointInTimeWorld,
  { choice, share }: PointInTimeOptions,
): Promise<DrillOutcome> {
  const { stores, trusted, live, report, signal } = world;
  const { database } = live;
  const id = typeof choice === "object" ? choice.id : undefined;
  const reach = await askReach(world);
  const { entry, passedOver } = chooseMoment(await readCatalogue(stores[0], { trusted, database, id }), choice, reach);
  const { manifest } = entry;
  const begun = world.now();
  report(`drill of the archive: back to backup ${entry.id} of database ${JSON.stringify(database)}`);

  const findings = nothingFound(passedOver);
  const attempted: { seconds?: RecoverySeconds } = {};
  const verdict = await attempt(world, manifest, share, findings, attempted).catch((error: unknown): Verdict => {
    signal.throwIfAborted();
    // Whoever is in the way has not broken anything: there is no outcome to keep.
    if ((error as { code?: string }).code === "LOCKED") throw error;
    return failed(blameOf(error, reaches(reach, manifest.server.lsn)), problemOf(error));
  });
  const { seconds, ...found } = findings;
  const outcome: DrillOutcome = {
    database,
    id: entry.id,
    plane: "point-in-time",
    ...verdict,
    ...found,
    at: begun.toISOString(),
    phases: phasesOf(attempted.seconds, seconds),
    recoveryPointSeconds: reach?.lossSeconds === undefined ? null : rounded(reach.lossSeconds),
    recipient: null,
  };
  await keep(world, manifest, outcome);
  return outcome;
}

/** A live server that does not answer is why one drills: the archive has to do without it. */
async function askReach({ live, report, signal }: PointInTimeWorld): Promise<ArchiveReach | undefined> {
  try {
    return await readArchiveReach(live, signal);
  } catch (error) {
    signal.throwIfAborted();
    report(`warning: the live server does not say how far the archive is: ${(error as Error).message}`);
    return undefined;
  }
}

async function attempt(
  world: PointInTimeWorld,
  manifest: Manifest,
  share: number,
  findings: RecoveredFindings,
  attempted: { seconds?: RecoverySeconds },
): Promise<Verdict> {
  const { live, config, recovery, report } = world;
  // Before anything is made: a mistake in them would waste the recovery.
  const invariants = await invariantsFor(config, live.database);
  await using server = await recoverServer(
    { ...world, config: recovery },
    { lsn: manifest.server.lsn, about: `backup ${manifest.id}, ${manifest.started}` },
  );
  attempted.seconds = server.seconds;
  const postgres = world.loginTo?.(server.host) ?? { ...live, host: server.host, standby: undefined };
  await untilAnswers(world, postgres);
  report("comparing every table, sequence and large object with the manifest");
  return await judgeRecovered(
    { ...world, postgres, invariants, invariantSeconds: config.invariantSeconds },
    manifest,
    { share },
    findings,
  );
}

/** SQLSTATE of a server that has no such database. */
const noDatabase = "3D000";
/** Until a Service and a network policy that are new work on every node, in ms. */
const routesMs = 60_000;

/** The server answers its operator; the way to it from here may take a moment more. */
async function untilAnswers({ signal, pauseMs = 1000 }: PointInTimeWorld, postgres: PostgresConfig): Promise<void> {
  for (const until = Date.now() + routesMs; ; await pause(pauseMs, undefined, { signal }))
    try {
      await using _ = await connect(postgres, postgres.database, signal);
      return;
    } catch (error) {
      if ((error as { cause?: { code?: string } }).cause?.code === noDatabase)
        throw new RecoveryFailed({ kind: "archive", message: (error as Error).message, final: true });
      const unreachable = error instanceof GoliveError && error.code === "DATABASE_UNREACHABLE";
      if (!unreachable || Date.now() > until) throw error;
    }
}

/** An archive that ends before a position that it should hold has a hole; where nobody knows what it should hold, nothing is said. */
function blameOf(error: unknown, reached: boolean | undefined): Blame {
  if (!(error instanceof RecoveryFailed)) return blameFor(error);
  const { kind } = error.fault;
  return kind === "archive" || (kind === "unreached" && reached === true) ? "backup" : "drill";
}

/** A drill that stopped half-way has measured no time to recover. The end of the server is not part of that time. */
function phasesOf(
  recovery: RecoverySeconds | undefined,
  { compare, invariants }: RecoveredFindings["seconds"],
): DrillOutcome["phases"] {
  if (recovery === undefined || compare === undefined) return null;
  const { start, fetch, restore } = recovery;
  return {
    ...{ start: rounded(start), fetch: rounded(fetch), restore: rounded(restore), compare: rounded(compare) },
    ...(invariants === undefined ? {} : { invariants: rounded(invariants) }),
    total: rounded(start + fetch + restore + compare + (invariants ?? 0)),
  };
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
