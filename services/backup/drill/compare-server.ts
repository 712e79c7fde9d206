import { type Manifest, type SequenceFacts, type TableFacts, totalRows } from "../catalogue/manifest.ts";
import { type Contents, type Difference, readContents } from "../postgres/contents.ts";
import { relationName } from "../postgres/relation-name.ts";
import type { Session } from "../postgres/session.ts";
import type { Report } from "../progress.ts";

/** How far a recovered server may be from the manifest of a dump. */
export interface Tolerance {
  /** Share of a table's rows, as in 0.01, that writes between the two moments may have added or removed. */
  readonly share: number;
}

/** Rows that any table may differ by: a small one gains a hundred faster than a hundredth of itself. */
const always = 100;

export interface Comparison {
  /** Tables that are to the last row as the manifest says. */
  readonly exact: number;
  /** What writes in the instant of the snapshot explain, or the kind of the table, in words. */
  readonly near: readonly string[];
  /** What they do not explain: something gone, a table emptied, rows beyond the tolerance. */
  readonly beyond: readonly Difference[];
}

export interface ServerComparison extends Comparison {
  readonly tables: number;
  readonly rows: number;
}

/**
 * Compares a server that was recovered from the archive of its log with the manifest of a dump. At the position of the dump's snapshot
 * only what was being committed in that very instant differs: the log has it, and the snapshot does not see it yet.
 */
export async function compareServer(
  session: Session,
  manifest: Manifest,
  tolerance: Tolerance,
  report: Report,
): Promise<ServerComparison> {
  const found = await readContents(session, { report });
  return {
    ...compareRecovered(manifest, found, await unloggedTables(session), tolerance),
    tables: found.tables.length,
    rows: totalRows(found.tables),
  };
}

/** Not in the write-ahead log: empty after every recovery, as after a crash. Names as `relationName` writes them. */
async function unloggedTables(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relpersistence = 'u'`,
  );
  return new Set(rows.map(relationName));
}

export function compareRecovered(
  expected: Contents,
  found: Contents,
  unlogged: ReadonlySet<string>,
  tolerance: Tolerance,
): Comparison {
  const byName = <T extends { schema: string; name: string }>(all: readonly T[]) =>
    new Map(all.map((one) => [relationName(one), one]));
  const [tables, sequences] = [byName(found.tables), byName(found.sequences)];
  const words = [
    ...expected.tables.map((table) => tableWord(table, tables.get(relationName(table)), unlogged, tolerance)),
    ...expected.sequences.map((one) => sequenceWord(relationName(one), sequences)),
    largeObjectsWord(expected.largeObjects, found.largeObjects, tolerance),
  ];
  return {
    exact: words.filter((word) => word === "exact").length,
    near: words.flatMap((word) => (typeof word === "object" && "near" in word ? [word.near] : [])),
    beyond: words.flatMap((word) => (typeof word === "object" && "what" in word ? [word] : [])),
  };
}

/** `exact` is said of tables alone; undefined: nothing to tell. */
type Word = "exact" | { readonly near: string } | Difference | undefined;

function tableWord(
  table: TableFacts,
  found: TableFacts | undefined,
  unlogged: ReadonlySet<string>,
  tolerance: Tolerance,
): Word {
  const name = relationName(table);
  const differs = (is: string): Difference => ({
    what: table.kind,
    name,
    expected: `about ${table.rows} rows`,
    found: is,
  });
  if (found === undefined) return differs("nothing");
  if (found.rows === table.rows && found.hash === table.hash) return "exact";
  if (unlogged.has(name)) return { near: `${table.kind} ${name} is unlogged, and empty after a recovery` };
  // When a materialized view was refreshed is its own affair.
  if (table.kind === "table" && isOff(table.rows, found.rows, tolerance)) return differs(`${found.rows} rows`);
  return { near: `${table.kind} ${name}: ${changeText(table.rows, found.rows)}` };
}

const changeText = (before: number, after: number): string =>
  before === after ? "as many rows, not all the same" : `${after} rows instead of ${before}`;

const isOff = (before: number, after: number, { share }: Tolerance): boolean =>
  Math.abs(before - after) > Math.max(always, share * before) || (before > 0 && after === 0);

/** Where it stands says nothing: a dump reads it after its snapshot, and the log has its numbers 32 in advance. */
function sequenceWord(name: string, found: ReadonlyMap<string, SequenceFacts>): Word {
  return found.has(name) ? undefined : { what: "sequence", name, expected: "a sequence", found: "nothing" };
}

function largeObjectsWord(
  before: Contents["largeObjects"],
  after: Contents["largeObjects"],
  tolerance: Tolerance,
): Word {
  if (before.count === after.count && before.hash === after.hash) return undefined;
  const name = "large objects";
  return isOff(before.count, after.count, tolerance)
    ? { what: name, name, expected: `about ${before.count}`, found: String(after.count) }
    : {
        near: `${name}: ${before.count === after.count ? "as many, not all the same" : `${after.count} instead of ${before.count}`}`,
      };
}
