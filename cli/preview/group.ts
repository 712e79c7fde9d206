import type { Row } from "./model.ts";

/** Rows that are told once, since the very same properties change in the very same way. */
export interface Group {
  readonly rows: readonly [Row, ...Row[]];
}

/** From this many on, equal changes are told once. */
const worthGrouping = 3;

/** Updates with equal changes together, biggest group first; everything else alone, in its place. Nothing that destroys is grouped. */
export function grouped(rows: readonly Row[]): Group[] {
  const bySignature = Map.groupBy(rows, (row) => signatureOf(row) ?? row.urn);
  const at = (op: string) => rows.findIndex((row) => row.op === op);
  return [...bySignature.values()]
    .flatMap((some): Group[] => {
      const [first, ...rest] = some;
      if (!first) return [];
      return some.length >= worthGrouping ? [{ rows: [first, ...rest] }] : some.map((row) => ({ rows: [row] }));
    })
    .sort((a, b) => {
      const [left, right] = [a.rows[0], b.rows[0]];
      const bySize = b.rows.length - a.rows.length;
      return at(left.op) - at(right.op) || bySize || rows.indexOf(left) - rows.indexOf(right);
    });
}

function signatureOf({ op, changes, more, notes, by, formerly, dependents, data, protect }: Row): string | undefined {
  if (op !== "update" || data !== undefined || protect || formerly !== undefined || changes.length + notes.length === 0)
    return undefined;
  return JSON.stringify([changes, more, notes, by, dependents]);
}
