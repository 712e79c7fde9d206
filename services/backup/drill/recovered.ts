import { readCatalogue } from "../catalogue/catalogue.ts";
import type { DrillConfig } from "../config/drill.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { type Choice, chooseBackup } from "./choose.ts";
import { type DrillWorld, keep } from "./drill.ts";
import { invariantsFor } from "./invariants.ts";
import { judgeRecovered, nothingFound } from "./judge-recovered.ts";
import type { DrillOutcome } from "./outcome.ts";
import { blameFor, failed, problemOf, type Verdict } from "./verdict.ts";

export type RecoveredWorld = Omit<DrillWorld, "identities" | "config"> & {
  /** The server that was recovered, and the database to look at. */
  readonly postgres: PostgresConfig;
  readonly config: Pick<DrillConfig, "invariants" | "invariantsDatabase" | "invariantSeconds">;
};

export interface RecoveredOptions {
  readonly choice: Choice;
  /** Share of a table's rows that may differ. */
  readonly share: number;
  /** How long the recovery took, as who did it measured. */
  readonly recoverySeconds: number | undefined;
}

/**
 * The drill of the other plane where somebody else has recovered a server: it is held against the manifest of a dump of about that
 * time. Kept beside that dump, of which it proves nothing.
 */
export async function drillRecovered(
  world: RecoveredWorld,
  { choice, share, recoverySeconds }: RecoveredOptions,
): Promise<DrillOutcome> {
  const { stores, trusted, postgres, signal, report, config } = world;
  const { database } = postgres;
  const entries = await readCatalogue(stores[0], { trusted, database });
  const { entry, passedOver } = chooseBackup(entries, choice === "due" ? "latest" : choice);
  const { manifest } = entry;
  const begun = world.now();
  report(`comparing database ${JSON.stringify(database)} of ${postgres.host} with backup ${entry.id}`);
  const invariants = await invariantsFor(config, database);
  const findings = nothingFound(passedOver);
  const verdict = await judgeRecovered(
    { ...world, invariants, invariantSeconds: config.invariantSeconds },
    manifest,
    { share },
    findings,
  ).catch((error: unknown): Verdict => {
    signal.throwIfAborted();
    return failed(blameFor(error), problemOf(error));
  });
  const { seconds, ...found } = findings;
  const compare = Math.round((seconds.compare ?? 0) * 1000) / 1000;
  const outcome: DrillOutcome = {
    database,
    id: entry.id,
    plane: "point-in-time",
    ...verdict,
    ...found,
    at: begun.toISOString(),
    phases:
      recoverySeconds === undefined || seconds.compare === undefined
        ? null
        : { fetch: 0, restore: recoverySeconds, compare, total: recoverySeconds + compare },
    recoveryPointSeconds: null,
    recipient: null,
  };
  await keep(world, manifest, outcome);
  return outcome;
}
