import { type Complete, standingOf } from "../catalogue/catalogue.ts";
import { totalRows } from "../catalogue/manifest.ts";
import { bytesText, countText } from "../format.ts";
import { predecessorsOf } from "../runs/predecessors.ts";
import { lineOf } from "./newest.ts";
import { type Finding, fail, ok, warn } from "./verdict.ts";

/** Of the median: below, somebody looks; far below, most of the data is gone; above, a loop may be writing. */
export const ratios = {
  bytes: { low: 0.5, lost: 0.2, high: 5 },
  rows: { low: 0.5, lost: 0.1, high: 5 },
} as const;

export interface SizeRatios {
  /** Newest over the median of its predecessors; undefined without any, or when that median is 0. */
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
}

/** What pg_dump wrote, not what was stored: how well data compress changes with what they are. */
const bytesOf = ({ manifest }: Complete): number => manifest.dump.plain.bytes;
const rowsOf = ({ manifest }: Complete): number => totalRows(manifest.tables);

export function sizeRatios(backups: readonly Complete[]): SizeRatios {
  const [newest, ...rest] = lineOf(backups);
  // What a person accepted is the new usual: there is nothing to compare it with.
  if (newest === undefined || isAccepted(newest)) return { bytes: undefined, rows: undefined };
  const before = predecessorsOf(newest.manifest, rest);
  const ratio = (of: (backup: Complete) => number) => {
    const middle = median(before.map(of));
    return middle ? of(newest) / middle : undefined;
  };
  return { bytes: ratio(bytesOf), rows: ratio(rowsOf) };
}

const isAccepted = ({ records }: Complete): boolean => records.some(({ kind }) => kind === "accepted");

/** Check 3: a backup that is much smaller than those before it may be a whole backup of a database that lost its data. */
export function judgeSize(backups: readonly Complete[]): Finding[] {
  const [newest, ...older] = lineOf(backups);
  if (newest === undefined) return [];
  const findings = older
    .filter((backup) => standingOf(backup).anomalies.length > 0)
    .map(({ id }) => warn(`nobody has looked at the anomalies of ${id}: \`show\` it, then \`accept\` it`));
  if (isAccepted(newest)) return [...findings, ok(`the size of ${newest.id} was accepted`)];
  for (const anomaly of standingOf(newest).anomalies)
    findings.push(fail(`${newest.id}: ${anomaly}; pruning waits until somebody accepts it`));
  const { bytes, rows } = sizeRatios(backups);
  const [size, count] = [bytesText(bytesOf(newest)), countText(rowsOf(newest))];
  findings.push(...judgeRatio(`${newest.id} has ${size}`, bytes, ratios.bytes));
  findings.push(...judgeRatio(`${newest.id} has ${count} rows`, rows, ratios.rows));
  return findings.length > 0 ? findings : [ok(`${newest.id} has ${size}; nothing to compare it with yet`)];
}

function judgeRatio(words: string, ratio: number | undefined, limits: (typeof ratios)["bytes" | "rows"]): Finding[] {
  if (ratio === undefined) return [];
  const text = `${words}, ${ratio < 10 ? Math.round(ratio * 100) / 100 : Math.round(ratio)} × the median of those before`;
  if (ratio < limits.lost) return [fail(text, ratio, limits.lost)];
  if (ratio < limits.low) return [warn(text, ratio, limits.low)];
  if (ratio > limits.high) return [warn(text, ratio, limits.high)];
  return [ok(text, ratio, limits.low)];
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
