import type { SequenceFacts, TableFacts } from "../catalogue/manifest.ts";
import type { Contents } from "./contents.ts";
import { relationName } from "./relation-name.ts";
import { relationKey, type Shuffled } from "./shuffled-partitions.ts";

/** One thing that is not the same on both sides; all of it text for people. */
export interface Difference {
  readonly what: "table" | "materialized view" | "sequence" | "large objects";
  /** As SQL writes it. */
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Everything that differs. Of a materialized view only whether it is filled counts: a restore fills it from today's tables, and in
 * the original it may be as old as its last refresh. Sizes on disk are not compared, nor which of several partitions has a row when
 * the copy decides that anew: then all of them together count.
 */
export function compareContents(expected: Contents, found: Contents): Difference[] {
  const [before, after] = [expected.largeObjects, found.largeObjects];
  const same = before.count === after.count && before.hash === after.hash;
  const objects = ({ count, hash }: Contents["largeObjects"]) => `${count} (${hash})`;
  return [
    ...pairs(...unsettled(expected, found), tableText).map(({ one, ...texts }) => ({ what: one.kind, ...texts })),
    ...pairs(expected.sequences, found.sequences, sequenceText).map(({ one: _, ...texts }) => ({
      what: "sequence" as const,
      ...texts,
    })),
    ...(same
      ? []
      : [{ what: "large objects" as const, name: "large objects", expected: objects(before), found: objects(after) }]),
  ];
}

type Tables = Contents["tables"];

/** Both sides without the partitions whose rows are all there, if not each where it was. */
function unsettled(expected: Contents, found: Contents): [Tables, Tables] {
  const { shuffled = new Map() } = found;
  const [before, after] = [expected, found].map(({ tables }) => totals(tables, shuffled));
  const open = (table: TableFacts): boolean => {
    const top = shuffled.get(relationKey(table));
    return top === undefined || before?.get(top) !== after?.get(top);
  };
  return [expected.tables.filter(open), found.tables.filter(open)];
}

/** Partitioned table → its partitions by name, and the sums of their rows and hashes: a table's hash is itself a sum over rows. */
function totals(tables: Tables, shuffled: Shuffled): Map<string, string> {
  const sums = new Map<string, { names: string[]; rows: number; hash: bigint }>();
  for (const table of tables) {
    const top = shuffled.get(relationKey(table));
    if (top === undefined) continue;
    const sum = sums.get(top) ?? { names: [], rows: 0, hash: 0n };
    sum.names.push(relationKey(table));
    sum.rows += table.rows;
    sum.hash += BigInt(table.hash?.split(":")[1] ?? 0);
    sums.set(top, sum);
  }
  return new Map(
    [...sums].map(([top, { names, rows, hash }]) => [top, JSON.stringify([names.sort(), rows, String(hash)])]),
  );
}

const tableText = ({ kind, rows, hash }: TableFacts): string => {
  if (kind === "materialized view") return hash === null ? "not filled" : "filled";
  return `${rows} ${rows === 1 ? "row" : "rows"} (${hash})`;
};

const sequenceText = ({ lastValue, called }: SequenceFacts): string =>
  `last value ${lastValue}${called ? "" : ", not called yet"}`;

function pairs<T extends { schema: string; name: string }>(
  expected: readonly T[],
  found: readonly T[],
  text: (one: T) => string,
): { one: T; name: string; expected: string; found: string }[] {
  const [left, right] = [expected, found].map((side) => new Map(side.map((one) => [relationKey(one), one])));
  return [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].flatMap((key) => {
    const [before, after] = [left?.get(key), right?.get(key)];
    const one = (before ?? after) as T;
    const texts = { expected: before ? text(before) : "none", found: after ? text(after) : "none" };
    return texts.expected === texts.found ? [] : [{ one, name: relationName(one), ...texts }];
  });
}
