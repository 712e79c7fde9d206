import { styleText } from "node:util";
import type { Span } from "./spans.ts";

export interface Look {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly colour: boolean;
}

/** A trace of a loop may have thousands of spans; what comes after these is counted and left to the UI. */
const mostRows = 200;
/** Deeper spans stand below one another; the names would have no room left. */
const deepest = 12;
/** Columns of a row that are neither name, time nor bar: two blanks, blank, mark, blank, and two blanks. */
const besides = 7;
/** Below it a bar says nothing. */
const leastBar = 12;

interface Row {
  readonly span: Span;
  readonly depth: number;
}

/** Spans as a tree with a bar each, from the start of the first to the end of the last. */
export function waterfall(spans: readonly Span[], { columns, colour }: Look): string[] {
  const rows = inOrder(spans);
  const shown = rows.slice(0, mostRows);
  const from = Math.min(...spans.map(({ start }) => start));
  const whole = Math.max(1, Math.max(...spans.map(({ start, duration }) => start + duration)) - from);
  const labels = shown.map(
    ({ span, depth }) => `${"  ".repeat(Math.min(depth, deepest))}${span.service}: ${span.name}`,
  );
  const times = shown.map(({ span }) => microseconds(span.duration));
  const timeWidth = Math.max(...times.map((text) => text.length));
  const labelWidth = Math.min(Math.max(...labels.map((text) => text.length)), Math.max(16, Math.floor(columns * 0.55)));
  const barWidth = columns - labelWidth - timeWidth - besides;
  const lines = shown.map(({ span }, at) => {
    const label = cut(labels[at] ?? "", labelWidth).padEnd(labelWidth);
    const time = (times[at] ?? "").padStart(timeWidth);
    const drawn = barWidth >= leastBar ? `  ${bar(span, from, whole, barWidth)}` : "";
    const line = `  ${label} ${span.failed ? "!" : " "} ${time}${drawn}`.trimEnd();
    return colour && span.failed ? styleText("red", line, { validateStream: false }) : line;
  });
  const left = rows.length - shown.length;
  return left > 0 ? [...lines, `  and ${left} more spans`] : lines;
}

/** Depth first, siblings by their start. Spans whose parent is elsewhere or never came are firsts of their own. */
function inOrder(spans: readonly Span[]): Row[] {
  const ids = new Set(spans.map(({ id }) => id));
  const byStart = spans.toSorted((a, b) => a.start - b.start);
  const children = Map.groupBy(byStart, ({ parent }) => (parent !== undefined && ids.has(parent) ? parent : ""));
  const rows: Row[] = [];
  const seen = new Set<Span>();
  // A stack of its own: a chain of ten thousand spans is deeper than calls may go.
  const visit = (roots: readonly Span[]) => {
    const waiting = roots.map((span) => ({ span, depth: 0 })).reverse();
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      if (seen.has(row.span)) continue;
      seen.add(row.span);
      rows.push(row);
      const { depth, span } = row;
      for (const child of (children.get(span.id) ?? []).toReversed()) waiting.push({ span: child, depth: depth + 1 });
    }
  };
  visit(children.get("") ?? []);
  // What is left are spans that name each other as parents: wrong, and yet somebody wants to see them.
  for (const span of byStart) visit([span]);
  return rows;
}

function bar({ start, duration, failed }: Span, from: number, whole: number, width: number): string {
  const before = Math.min(Math.floor(((start - from) / whole) * width), width - 1);
  const length = Math.max(1, Math.min(Math.round((duration / whole) * width), width - before));
  return " ".repeat(before) + (failed ? "▓" : "█").repeat(length);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** `0.4 ms`, `42 ms`, `1.52 s`: three digits at most, as people compare them. */
export function microseconds(us: number): string {
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  if (us < 100_000_000) return `${(us / 1e6).toFixed(2)} s`;
  return `${Math.round(us / 1e6)} s`;
}
