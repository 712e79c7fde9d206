import { GoliveError } from "@golive/errors/golive-error.ts";
import { bars, barText } from "./bars.ts";
import type { Row, Verdict } from "./results.ts";

/** Everything that a run found. */
export interface Found {
  /** ISO date. */
  readonly date: string;
  readonly machine: { readonly cores: number; readonly gigabytes: number; readonly postgres: string };
  readonly data: { readonly kind: string; readonly about: string; readonly bytes: number };
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  /** Null when it was left out. */
  readonly large: { readonly bytes: number; readonly rows: readonly Row[] } | null;
  readonly bars: readonly Verdict[];
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

/** As Markdown, for people and for the README. */
export function foundText(found: Found): string {
  const { date, machine, data, rounds, rows, skipped, large } = found;
  return [
    `${date}: a database of ${gigabytes(data.bytes)} (${data.about}), ${rounds} ${rounds === 1 ? "round" : "rounds"}, PostgreSQL ${machine.postgres}, ${machine.cores} cores, ${machine.gigabytes} GB of memory.`,
    table(
      ["arm", "s, median", "s, range", "CPU s", "peak MB", "MB written"],
      rows.map((row) => [
        row.name.replaceAll("|", "\\|"),
        row.seconds.toFixed(2),
        `${row.fastest.toFixed(2)}–${row.slowest.toFixed(2)}`,
        row.cpu.toFixed(1),
        String(row.rss),
        row.megabytes === null ? "" : String(row.megabytes),
      ]),
    ),
    ...skipped.map(({ name, why }) => `Left out: ${name}, because ${why}.`),
    ...(large === null
      ? []
      : [
          `With ${gigabytes(large.bytes)}, once: ${large.rows.map(({ name, seconds, rss }) => `${name} ${seconds.toFixed(1)} s and ${rss} MB`).join("; ")}.`,
        ]),
    table(
      ["promise", "found", "bar", "kept"],
      found.bars.map(({ bar, value, kept }) => [
        `\`${bar}\``,
        value === null ? "not measured" : `${value.toFixed(bars[bar].unit === "MB" ? 0 : 2)} ${bars[bar].unit}`,
        barText(bar),
        kept ? "yes" : "**no**",
      ]),
    ),
  ].join("\n\n");
}

/** The first column to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? cell).length), 4));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head.map(pad)), line(rule), ...rows.map((row) => line(row.map(pad)))].join("\n");
}

const marks = { begin: "<!-- backup -->", end: "<!-- /backup -->" } as const;
const block = /<!-- backup -->([\s\S]*)<!-- \/backup -->/;

/** What stands between the marks of a README. @throws USAGE without them */
export function blockOf(readme: string): string {
  const inside = block.exec(readme)?.[1];
  if (inside === undefined)
    throw new GoliveError(
      "USAGE",
      `the README has no ${marks.begin} … ${marks.end}`,
      "Put both marks where table and plot belong.",
    );
  return inside.trim();
}

export function withBlock(readme: string, text: string): string {
  blockOf(readme);
  return readme.replace(block, () => `${marks.begin}\n\n${text}\n\n${marks.end}`);
}
