import { redact } from "@golive/errors/redact.ts";
import { holdsSecret, isSecret } from "@golive/infra/policies/secret-mark.ts";
import { type Difference, differences, lineDifferences, type Path, parsePath, pathText } from "./difference.ts";
import { isHiddenPlace, isUnknown, valueAt } from "./marks.ts";
import type { State, Step } from "./step.ts";

/** One property that would change, as it may be shown. */
export interface PropertyChange {
  /** `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** `order`: the same elements or keys in another order. */
  readonly kind: "add" | "remove" | "change" | "order";
  /** True when it is why the resource is replaced. */
  readonly replaces: boolean;
  /** Absent where a value is not shown. */
  readonly before?: string;
  readonly after?: string;
  /** Why no value is shown, where one could be. */
  readonly hidden?: "secret" | "provider";
  /** Of a text of several lines: those that differ, each with its sign. */
  readonly lines?: readonly string[];
}

export interface ValueLimits {
  /** Characters of one value. */
  readonly value: number;
  /** Lines of a text that changed. */
  readonly lines: number;
  /** Whole objects and lists are written out, and properties of what is made. */
  readonly whole: boolean;
}

export const briefValues: ValueLimits = { value: 80, lines: 6, whole: false };
export const fullValues: ValueLimits = { value: 2_000, lines: 60, whole: true };

type Sides = Pick<Step, "causes" | "kinds" | "changed"> & {
  readonly type: string;
  readonly old: State | undefined;
  readonly new: State | undefined;
};

/**
 * The properties of a resource that change: first those that force a replacement, then by path. They are found by comparing the
 * inputs, since not every provider tells; what only the provider knows of (drift, a default of the cloud) is added.
 */
export function propertyChanges(sides: Sides, limits: ValueLimits): PropertyChange[] {
  const { old, new: news } = sides;
  if (!old && !news) return [];
  // What is made or goes away as a whole is one row; its properties are asked for with --values.
  if ((!old || !news) && !limits.whole) return [];
  const found = differences(old?.inputs ?? {}, news?.inputs ?? {}).filter(({ path }) => !isInternal(path));
  const compared = found.flatMap((one) => (old && news ? [one] : leaves(one)));
  const shown = compared.map((one) => shownChange(one, sides, limits));
  return [...shown, ...(old && news ? named(sides, shown) : [])].sort(
    (a, b) => Number(b.replaces) - Number(a.replaces) || compare(a.path, b.path),
  );
}

/** Book-keeping of SDKs and providers. */
const isInternal = (path: Path) => path.some((key) => typeof key === "string" && key.startsWith("__"));

/** Properties that the provider names and the inputs do not show. */
function named({ causes, kinds, changed, old, new: news, type }: Sides, shown: readonly PropertyChange[]) {
  const paths = [...new Set([...causes, ...Object.keys(kinds), ...changed])].filter(
    (path) => !isInternal(parsePath(path)) && !shown.some((one) => related(one.path, path)),
  );
  // A provider that gives both the property and a place in it means the place.
  const finest = paths.filter((path) => !paths.some((other) => other !== path && isUnder(other, path)));
  return finest.map((path): PropertyChange => {
    const at = parsePath(path);
    const [before, after] = [valueAt(old?.outputs, at), valueAt(news?.inputs, at)];
    const hide = [before, after].some(holdsSecret) || isHiddenPlace(type, at, [old?.inputs, news?.inputs]);
    const kind = kindOf(kinds[path]);
    const replaces = forces(path, causes, kinds);
    const simple = old && news && before !== after && isScalar(before) && isScalar(after);
    if (hide || !simple) return { path, kind, replaces, hidden: hide ? "secret" : "provider" };
    return { path, kind, replaces, before: valueText(before, briefValues), after: valueText(after, briefValues) };
  });
}

function shownChange({ path, kind, before, after }: Difference, sides: Sides, limits: ValueLimits): PropertyChange {
  const text = pathText(path);
  const head = { path: text, kind, replaces: forces(text, sides.causes, sides.kinds) };
  if (kind === "order") return head;
  if (isHidden(path, before, after, sides)) return { ...head, hidden: "secret" };
  const lines = linesOf(before, after, limits);
  if (lines) return { ...head, lines };
  return { ...head, before: valueText(before, limits), after: valueText(after, limits) };
}

/** Either side being a secret hides both: what becomes a secret today stood there in clear yesterday. */
function isHidden(path: Path, before: unknown, after: unknown, { type, old, new: news }: Sides): boolean {
  const trees = [old?.inputs, old?.outputs, news?.inputs, news?.outputs];
  if ([before, after].some(holdsSecret) || isHiddenPlace(type, path, [old?.inputs, news?.inputs])) return true;
  return trees.some((tree) => path.some((_, at) => isSecret(valueAt(tree, path.slice(0, at + 1)))));
}

/** A whole that was added or removed, taken apart: what is inside may have to be hidden piece by piece. */
function leaves({ path, kind, before, after }: Difference): Difference[] {
  const value = kind === "add" ? after : before;
  if (value === null || typeof value !== "object" || isSecret(value)) return [{ path, kind, before, after }];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    return leaves({
      path: at,
      kind,
      before: kind === "add" ? undefined : inner,
      after: kind === "add" ? inner : undefined,
    });
  });
}

function forces(path: string, causes: Step["causes"], kinds: Step["kinds"]): boolean {
  if (causes.some((cause) => related(path, cause))) return true;
  return Object.entries(kinds).some(([at, kind]) => kind.endsWith("-replace") && related(path, at));
}

/** True when one of the two paths leads through the other. */
const related = (a: string, b: string) => a === b || isUnder(a, b) || isUnder(b, a);
const isUnder = (inner: string, outer: string) =>
  inner.startsWith(outer) && (inner[outer.length] === "." || inner[outer.length] === "[");

function kindOf(kind = "update"): PropertyChange["kind"] {
  if (kind.startsWith("add")) return "add";
  return kind.startsWith("delete") ? "remove" : "change";
}

/** A text of several lines is compared line by line. */
function linesOf(before: unknown, after: unknown, { value, lines }: ValueLimits): string[] | undefined {
  if (typeof before !== "string" || typeof after !== "string") return undefined;
  if (!/\n/.test(`${before}${after}`.trim())) return undefined;
  const all = lineDifferences(redact(before), redact(after)).map((line) => cut(clean(line), value));
  if (all.length <= lines) return all;
  return [...all.slice(0, lines), `… ${all.length - lines} more lines`];
}

const isScalar = (value: unknown) => value === null || typeof value !== "object";

/** Strings are quoted, so that `1` and `"1"` are two things. */
export function valueText(value: unknown, { value: most, whole }: ValueLimits): string {
  if (value === undefined) return "absent";
  if (isUnknown(value)) return "known after apply";
  if (typeof value === "string") {
    const length = [...value].length;
    const text = JSON.stringify(clean(redact(value)));
    return length > most ? `${cut(text, most)} (${length} characters)` : text;
  }
  if (isScalar(value)) return JSON.stringify(value);
  if (whole) return cut(clean(redact(JSON.stringify(value, namingUnknowns))), most);
  const size = Object.keys(value as object).length;
  return Array.isArray(value)
    ? `[${size} ${size === 1 ? "element" : "elements"}]`
    : `{${Object.keys(value as object)
        .slice(0, 4)
        .map(clean)
        .join(", ")}${size > 4 ? ", …" : ""}}`;
}

function namingUnknowns(_key: string, value: unknown): unknown {
  return isUnknown(value) ? "known after apply" : value;
}

/** Whole characters only: half of a surrogate pair is no text. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Without what moves a terminal's cursor, breaks a line or turns the direction of writing. */
export function clean(text: string): string {
  return text.replace(unseen, "").toWellFormed();
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
