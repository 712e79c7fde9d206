import { totalRows } from "../catalogue/manifest.ts";
import { ofRestores } from "../catalogue/stands-for-database.ts";
import { bytesText, countText } from "../format.ts";
import { earlierOf, type Measured, type Predecessor, predecessorsOf } from "./predecessors.ts";

/** A dump that shrank by 80 % or more, or rows by 90 % or more: rarer than any purge that nobody told us of. */
const least = { bytes: 0.2, rows: 0.1 } as const;

/**
 * What makes a backup unlike those before it, in words. Such a backup is kept, as it may be all that is left; but older ones are not
 * pruned for it. Compared with the middle of its predecessors. One that is made in the course of a restore shows what somebody
 * wants to be rid of, or the past: that it is unlike the others is why it was made.
 */
export function anomaliesOf(backup: Measured, others: readonly Predecessor[]): string[] {
  if (ofRestores.has(backup.reason)) return [];
  const before = predecessorsOf(backup, others).map(({ manifest }) => manifest);
  const rows = totalRows(backup.tables);
  if (rows === 0) {
    // After a first one without rows, which is an anomaly, a second one is none: a database may stay empty for a while.
    const news = before.some(({ tables }) => totalRows(tables) > 0) || earlierOf(backup, others).length === 0;
    return news ? ["it holds no rows at all"] : [];
  }
  if (before.length === 0) return [];
  const usual = {
    rows: median(before.map(({ tables }) => totalRows(tables))),
    bytes: median(before.map(({ dump }) => dump.plain.bytes)),
  };
  const bytes = backup.dump.plain.bytes;
  return [
    ...(bytes <= usual.bytes * least.bytes
      ? [
          `the dump has ${bytesText(bytes)}, ${drop(bytes, usual.bytes)} less than the ${bytesText(usual.bytes)} of those before`,
        ]
      : []),
    ...(rows <= usual.rows * least.rows
      ? [`${countText(rows)} rows, ${drop(rows, usual.rows)} less than the ${countText(usual.rows)} of those before`]
      : []),
  ];
}

const drop = (now: number, usual: number): string => `${Math.round((1 - now / usual) * 100)} %`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle] ?? 0, sorted[middle] ?? 0];
  return Math.round((low + high) / 2);
}
