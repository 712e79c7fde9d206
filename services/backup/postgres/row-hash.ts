import { escapeIdentifier } from "pg";

/** A column as its table's definition has it. */
export interface Column {
  readonly name: string;
  /** Name of a type of Postgres itself; empty for every other type, domains among them. */
  readonly type: string;
}

/** Says how the hashes of a manifest were made; others of another kind are not comparable. */
export const hashKind = "h1";

/**
 * Types whose own hash function tells every two values apart: `value` is the column, `seed` the hash of the columns before it.
 * Everything else is hashed by its text, since "equal" is not "the same": 0.0 equals -0.0, 1.0 equals 1.00.
 * The functions are those of hash partitions: Postgres itself relies on them from one major version to the next.
 */
const ownHash: Readonly<Record<string, (value: string, seed: string) => string>> = {
  int2: (value, seed) => int4(`${value}::pg_catalog.int4`, seed),
  int4,
  // hashint8 folds the two halves into one, and so 1 and 4294967296 are the same to it.
  int8: (value, seed) =>
    int4(`(${value} >> 32)::pg_catalog.int4`, int4(`((${value} << 32) >> 32)::pg_catalog.int4`, seed)),
  bool: (value, seed) => int4(`${value}::pg_catalog.int4`, seed),
  oid: (value, seed) => `pg_catalog.hashoidextended(coalesce(${value}, 0::pg_catalog.oid), ${seed})`,
  uuid: (value, seed) =>
    `pg_catalog.uuid_hash_extended(coalesce(${value}, '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid), ${seed})`,
  text: (value, seed) => text(`coalesce(${value}, '')`, seed),
  varchar: (value, seed) => text(`coalesce(${value}, '')`, seed),
  // Its hash leaves trailing blanks out; with a length they follow from it, and without one it does not get here.
  bpchar: (value, seed) => `pg_catalog.hashbpcharextended(coalesce(${value}, '') ${bytewise}, ${seed})`,
};

/** Whatever rules of sorting the column and its database have, bytes are hashed. */
const bytewise = 'collate pg_catalog."C"';

function int4(value: string, seed: string): string {
  return `pg_catalog.hashint4extended(coalesce(${value}, 0), ${seed})`;
}

function text(value: string, seed: string): string {
  return `pg_catalog.hashtextextended(${value} ${bytewise}, ${seed})`;
}

/** Expressions nest one in the other, and the parser's stack is finite; also the bits of an int4 for nulls. */
const columnsAtOnce = 30;

/**
 * SQL for a 64-bit hash of a row of `alias`: each column's hash seeds the next one's, so that values cannot change places unseen.
 * By name and not by position, because a restore may order the columns of an inheriting table anew. No value is gathered with
 * another into one text, so a row may be as large as Postgres allows.
 */
export function rowHash(columns: readonly Column[], alias: string): string {
  const sorted = [...columns].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const groups: string[] = [];
  for (let at = 0; at < sorted.length; at += columnsAtOnce)
    groups.push(groupHash(sorted.slice(at, at + columnsAtOnce), alias));
  if (groups.length <= 1) return groups[0] ?? "0::pg_catalog.int8";
  return text(`pg_catalog.concat_ws(' ', ${groups.join(", ")})`, "0");
}

function groupHash(columns: readonly Column[], alias: string): string {
  const values = columns.map(({ name }) => `${alias}.${escapeIdentifier(name)}`);
  // Which are null: below, null and an empty value are hashed alike. Most rows have none, and are asked for all at once.
  const none = values.map((value) => `${value} is not null`).join(" and ");
  const which = values.map((value, bit) => `case when ${value} is null then ${2 ** bit} else 0 end`).join(" + ");
  const nulls = `case when ${none} then 0 else ${which} end`;
  return columns.reduce((seed, { type }, at) => {
    const value = values[at] as string;
    // concat, because it always takes the type's output function; a cast to text may be anybody's.
    return ownHash[type]?.(value, seed) ?? text(`pg_catalog.concat(${value})`, seed);
  }, `(${nulls})::pg_catalog.int8`);
}
