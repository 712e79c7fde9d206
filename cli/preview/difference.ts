import { isDeepStrictEqual } from "node:util";
import { isSecret } from "@golive/infra/policies/secret-mark.ts";
import { isUnknown } from "./marks.ts";

export type Path = readonly (string | number)[];

/** One difference between two trees. */
export interface Difference {
  readonly path: Path;
  readonly kind: "add" | "remove" | "change" | "order";
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The smallest list of differences that a reviewer would write down: an element put into a list is one, whatever moved behind it;
 * JSON in a string is compared as what it says; what is the same on both sides is left out.
 */
export function differences(before: unknown, after: unknown, path: Path = []): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (before === undefined) return [{ path, kind: "add", before, after }];
  if (after === undefined) return [{ path, kind: "remove", before, after }];
  if ([before, after].some((side) => isSecret(side) || isUnknown(side))) return [changed(path, before, after)];
  if (Array.isArray(before) && Array.isArray(after)) return lists(before, after, path);
  if (isTree(before) && isTree(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return documents(before, after, path) ?? [changed(path, before, after)];
}

const changed = (path: Path, before: unknown, after: unknown): Difference => ({ path, kind: "change", before, after });

function isTree(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Two JSON documents in strings; undefined when one of them is none. */
function documents(before: unknown, after: unknown, path: Path): Difference[] | undefined {
  const [left, right] = [documentOf(before), documentOf(after)];
  if (left === undefined || right === undefined) return undefined;
  const inside = differences(left, right, path);
  return inside.length > 0 ? inside : [{ path, kind: "order", before, after }];
}

function documentOf(value: unknown): object | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return undefined;
  try {
    const document: unknown = JSON.parse(value);
    return typeof document === "object" && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Elements that belong together: those with the same name, else those in the longest common run of equal ones. */
function lists(before: readonly unknown[], after: readonly unknown[], path: Path): Difference[] {
  const named = [before, after].every((side) => side.length > 0 && new Set(side.map(nameOf)).size === side.length);
  if (named && [...before, ...after].every((it) => nameOf(it) !== undefined)) return byName(before, after, path);
  const pairs = aligned(before, after);
  const found: Difference[] = [];
  let [left, right] = [0, 0];
  for (const [nextLeft, nextRight] of [...pairs, [before.length, after.length] as const]) {
    // What lies between two equal elements changed in place as far as both sides have something there.
    while (left < nextLeft && right < nextRight)
      found.push(...differences(before[left++], after[right], [...path, right++]));
    while (left < nextLeft) found.push(...differences(before[left], undefined, [...path, left++]));
    while (right < nextRight) found.push(...differences(undefined, after[right], [...path, right++]));
    [left, right] = [nextLeft + 1, nextRight + 1];
  }
  return found;
}

function byName(before: readonly unknown[], after: readonly unknown[], path: Path): Difference[] {
  const left = new Map(before.map((it) => [nameOf(it), it]));
  const gone = before.flatMap((it, at) =>
    after.some((other) => nameOf(other) === nameOf(it)) ? [] : differences(it, undefined, [...path, at]),
  );
  const rest = after.flatMap((it, at) => differences(left.get(nameOf(it)), it, [...path, at]));
  const found = [...rest, ...gone];
  return found.length > 0 ? found : [{ path, kind: "order", before, after }];
}

function nameOf(element: unknown): string | undefined {
  const { name } = (isTree(element) ? element : {}) as { name?: unknown };
  return typeof name === "string" ? name : undefined;
}

/** Above this many comparisons the middle is taken as one block: a list of thousands is no list that people read. */
const limit = 4_000_000;

/** Index pairs of the longest common subsequence, equal ends first. */
function aligned(before: readonly unknown[], after: readonly unknown[]): [number, number][] {
  const [left, right] = [before, after].map((side) => side.map((it) => JSON.stringify(it) ?? "")) as [
    string[],
    string[],
  ];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  const [rows, columns] = [left.length - start - end, right.length - start - end];
  const middle = rows * columns > limit ? [] : longest(left, right, start, rows, columns);
  const head = Array.from({ length: start }, (_, at): [number, number] => [at, at]);
  const tail = Array.from({ length: end }, (_, at): [number, number] => [
    left.length - end + at,
    right.length - end + at,
  ]);
  return [...head, ...middle, ...tail];
}

function longest(left: string[], right: string[], start: number, rows: number, columns: number): [number, number][] {
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const cell = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const same = left[start + row] === right[start + column];
      lengths[row * width + column] = same
        ? cell(row + 1, column + 1) + 1
        : Math.max(cell(row + 1, column), cell(row, column + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let [row, column] = [0, 0]; row < rows && column < columns; ) {
    if (left[start + row] === right[start + column]) pairs.push([start + row++, start + column++]);
    else if (cell(row + 1, column) >= cell(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** Lines of two texts that differ, each with its sign; `…` stands for what is the same in between. */
export function lineDifferences(before: string, after: string): string[] {
  const [left, right] = [before.split("\n"), after.split("\n")];
  const found: string[] = [];
  let [row, column] = [0, 0];
  for (const [nextRow, nextColumn] of [...aligned(left, right), [left.length, right.length] as const]) {
    const removed = left.slice(row, nextRow).map((line) => `- ${line}`);
    const added = right.slice(column, nextColumn).map((line) => `+ ${line}`);
    if (removed.length + added.length > 0) found.push(...(found.length > 0 ? ["…"] : []), ...removed, ...added);
    [row, column] = [nextRow + 1, nextColumn + 1];
  }
  return found;
}

/** `spec.ports[0]["a.b"]`, as the engine writes paths. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (/^[\w$-]+$/.test(key)) return text === "" ? key : `${text}.${key}`;
    return `${text}[${JSON.stringify(key)}]`;
  }, "");
}

/** The other way round. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, word]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? quoted.replace(/\\(.)/g, "$1") : (word ?? ""),
  );
}
