import type { Manifest } from "../catalogue/manifest.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { type Contents, compareContents, type Difference, readContents } from "../postgres/contents.ts";
import { noLargeObjects } from "../postgres/large-objects.ts";
import { connect } from "../postgres/session.ts";
import type { Report } from "../progress.ts";
import { gatherStatistics } from "./gather-statistics.ts";
import type { RelationId } from "./part.ts";
import { listed, RestoreError } from "./restore-error.ts";

interface CompareWorld {
  readonly postgres: PostgresConfig;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Every row, sequence and large object against the manifest; of a part, what belongs to it. Statistics are gathered meanwhile. */
export async function compareRestored(
  { postgres, signal }: CompareWorld,
  database: string,
  manifest: Manifest,
  relations?: readonly RelationId[],
): Promise<Difference[]> {
  await using reader = await connect(postgres, database, signal);
  await using analyst = await connect(postgres, database, signal);
  const options = relations === undefined ? {} : { only: relations };
  const [found] = await Promise.all([readContents(reader, options), gatherStatistics(analyst)]);
  return compareContents(relations === undefined ? manifest : partOf(manifest, relations), found);
}

function partOf(manifest: Manifest, relations: readonly RelationId[]): Contents {
  const wanted = new Set(relations.map(({ schema, name }) => JSON.stringify([schema, name])));
  const within = ({ schema, name }: RelationId) => wanted.has(JSON.stringify([schema, name]));
  return {
    tables: manifest.tables.filter(within),
    sequences: manifest.sequences.filter(within),
    largeObjects: noLargeObjects,
  };
}

export const differenceText = ({ what, name, expected, found }: Difference): string =>
  `${what} ${name} has ${found} instead of ${expected}`;

/** @throws RESTORE_MISMATCH that names what differs, when anything does */
export function refuseDifferent({ id }: Pick<Manifest, "id">, differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  throw new RestoreError(
    "RESTORE_MISMATCH",
    `the restored database is not what was backed up: ${listed(differences.map(differenceText))}`,
    `Nothing was replaced, and the copy was dropped again. Restore another backup, and keep ${id} for a look (\`golive-backup hold ${id}\`).`,
    { differences },
  );
}
