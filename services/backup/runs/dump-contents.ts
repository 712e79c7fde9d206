import { GoliveError } from "@golive/errors/golive-error.ts";
import type { SequenceFacts } from "../catalogue/manifest.ts";
import { type Contents, readContents, readLargeObjects } from "../postgres/contents.ts";
import { relationName } from "../postgres/relation-name.ts";
import type { Session } from "../postgres/session.ts";
import type { Toc, TocEntry } from "../restore/toc.ts";

export interface DumpScope {
  readonly whole: boolean;
  /** Large objects belong to no table: pg_dump leaves them out when tables are named. */
  readonly largeObjects: boolean;
}

/**
 * What the dump holds, counted and hashed by a session of ours that sees the same snapshot. The archive's own list says which tables;
 * a table that should be in it and is not ends the run. Sequences are the one thing that no snapshot holds still, so their state is
 * the one that the archive will set.
 */
export async function dumpContents(session: Session, toc: Toc | undefined, scope: DumpScope): Promise<Contents> {
  if (toc === undefined) {
    if (scope.whole) return readContents(session);
    throw new GoliveError(
      "BACKUP_FAILED",
      "the archive's list of tables cannot be read: pg_dump is newer than this program knows",
      "Back the whole database up, or set PG_BIN to the folder of an older pg_dump.",
    );
  }
  const held = new Set(toc.entries.filter(({ kind }) => relationKinds.has(kind)).map(keyOf));
  const only = toc.entries.flatMap(({ kind, schema, tag }) =>
    relationKinds.has(kind) && schema !== null ? [{ schema, name: tag }] : [],
  );
  const contents = await readContents(session, scope.whole ? {} : { only });
  const missing = contents.tables.filter((table) => !held.has(keyOf({ schema: table.schema, tag: table.name })));
  // A standby's unlogged tables are in the list of neither pg_dump's rows nor ours.
  const lost = missing.filter(({ kind, rows }) => kind === "table" && rows > 0);
  if (lost.length > 0)
    throw new GoliveError(
      "BACKUP_FAILED",
      `pg_dump left out ${lost.map(relationName).join(", ")}`,
      "Look what kind of table that is; this program does not know it.",
    );
  return {
    tables: contents.tables,
    sequences: contents.sequences.flatMap(asDumped(toc)),
    largeObjects: scope.largeObjects && !scope.whole ? await readLargeObjects(session) : contents.largeObjects,
  };
}

/** Kinds of the archive's entries that stand for a relation with contents. */
const relationKinds: ReadonlySet<string> = new Set(["TABLE DATA", "MATERIALIZED VIEW", "SEQUENCE SET"]);

const keyOf = ({ schema, tag }: Pick<TocEntry, "schema" | "tag">): string => JSON.stringify([schema, tag]);

function asDumped(toc: Toc): (sequence: SequenceFacts) => SequenceFacts[] {
  const set = new Map(toc.entries.filter(({ kind }) => kind === "SEQUENCE SET").map((entry) => [keyOf(entry), entry]));
  return (sequence) => {
    const entry = set.get(keyOf({ schema: sequence.schema, tag: sequence.name }));
    const [, lastValue, called] = /, (-?\d+), (true|false)\);\s*$/.exec(entry?.definition ?? "") ?? [];
    return lastValue === undefined ? [] : [{ ...sequence, lastValue, called: called === "true" }];
  };
}
