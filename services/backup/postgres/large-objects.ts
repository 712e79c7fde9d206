import type { Contents } from "./contents.ts";
import { hashKind } from "./row-hash.ts";
import type { Session } from "./session.ts";

type LargeObjects = Contents["largeObjects"];

export const noLargeObjects: LargeObjects = { count: 0, hash: `${hashKind}:0` };

/** What the server holds of one object at a time; an object may have 4 TB. */
const pieceBytes = 4 * 1024 ** 2;

/**
 * Sum of the hashes of their pieces, by number and content. Read as their readers do, not from the pages below: a hole that was
 * never written and one that a restore filled with zeros are the same bytes.
 */
export async function hashLargeObjects(session: Session): Promise<LargeObjects> {
  const [all] = await session.query<{ count: string }>(
    "select pg_catalog.count(*) as count from pg_catalog.pg_largeobject_metadata",
  );
  const count = Number(all?.count ?? 0);
  if (count === 0) return noLargeObjects;
  let sum = 0n;
  let longer: string[] | undefined;
  for (let piece = 0; longer === undefined || longer.length > 0; piece++) {
    const [row]: { sum: string; longer: string[] | null }[] = await session.query<{
      sum: string;
      longer: string[] | null;
    }>(
      `select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(
                pg_catalog.concat_ws(' ', oid, $1::pg_catalog.int8, pg_catalog.md5(bytes)) collate "C", 0)), 0) as sum,
              pg_catalog.array_agg(oid::pg_catalog.text) filter (where pg_catalog.length(bytes) = $2::pg_catalog.int4) as longer
         from (select oid, pg_catalog.lo_get(oid, $1::pg_catalog.int8 * $2::pg_catalog.int4, $2::pg_catalog.int4) as bytes
                 from pg_catalog.pg_largeobject_metadata
                where $3::pg_catalog.text[] is null or oid = any ($3::pg_catalog.text[]::pg_catalog.oid[]) offset 0) o`,
      [piece, pieceBytes, longer ?? null],
    );
    sum += BigInt(row?.sum ?? 0);
    longer = row?.longer ?? [];
  }
  return { count, hash: `${hashKind}:${sum}` };
}
