import type { Expr, Group, Grouping, Matching } from "./promql.ts";

/** Which labels the series of an expression carry. */
export interface LabelSet {
  /** Labels they have; all that they can have, unless `open`. */
  readonly labels: ReadonlySet<string>;
  /** Scraped series: they can have more labels than the rule names. */
  readonly open: boolean;
  /** Labels that have one certain value. */
  readonly fixed: ReadonlyMap<string, string>;
}

/** A number has no labels and is compared with every series. */
type Labels = LabelSet | "scalar";

/** Every scraped series has these. */
const ofScrape = ["job", "instance"];

const scalarFunctions = new Set(["time", "scalar", "pi"]);
const none: LabelSet = { labels: new Set(), open: false, fixed: new Map() };
const setOperators = new Set(["and", "or", "unless"]);

export interface LabelReport {
  readonly labels: Labels;
  /** What can never find its counterpart, in words. */
  readonly faults: readonly string[];
}

/** @param recorded queries of the recording rules by name: their series carry what the query leaves */
export function labelsOf(expr: Expr, recorded: ReadonlyMap<string, Expr> = new Map()): LabelReport {
  const faults: string[] = [];
  return { labels: new Walk(recorded, faults).of(expr), faults };
}

class Walk {
  readonly #recorded: ReadonlyMap<string, Expr>;
  readonly #faults: string[];

  constructor(recorded: ReadonlyMap<string, Expr>, faults: string[]) {
    this.#recorded = recorded;
    this.#faults = faults;
  }

  of(expr: Expr): Labels {
    switch (expr.kind) {
      case "number":
      case "string":
        return "scalar";
      case "selector":
        return this.#selector(expr);
      case "call":
        return this.#call(expr);
      case "aggregation":
        return this.#aggregation(expr);
      case "binary":
        return this.#binary(expr);
    }
  }

  #selector({ metric, matchers }: Expr & { kind: "selector" }): LabelSet {
    const equal = matchers.filter(({ operator, value }) => operator === "=" && value !== "");
    const named = equal.map(({ label }) => label);
    const values = equal.map(({ label, value }) => [label, value] as const);
    const query = this.#recorded.get(metric);
    if (query === undefined) return { labels: new Set([...ofScrape, ...named]), open: true, fixed: new Map(values) };
    // Faults of the recorded query are its own.
    const base = labelsOf(query, this.#recorded).labels;
    const set = base === "scalar" ? none : base;
    for (const label of named)
      if (!set.open && !set.labels.has(label)) this.#faults.push(`${metric} never has the label ${label}`);
    return { ...set, labels: new Set([...set.labels, ...named]), fixed: new Map([...set.fixed, ...values]) };
  }

  #call({ name, args }: Expr & { kind: "call" }): Labels {
    if (scalarFunctions.has(name)) {
      for (const arg of args) this.of(arg);
      return "scalar";
    }
    if (name === "vector") return none;
    const [inner] = args.map((arg) => this.of(arg)).filter((labels) => labels !== "scalar");
    if (name.startsWith("absent")) return absent(args[0]);
    // Without an argument they speak of the moment: hour(), day_of_week().
    if (inner === undefined) return none;
    if (name === "histogram_quantile") return without(inner, ["le"]);
    const target = args[1];
    if (name.startsWith("label_") && target?.kind === "string")
      return { ...inner, labels: new Set([...inner.labels, target.value]) };
    return inner;
  }

  #aggregation({ name, grouping, args }: Expr & { kind: "aggregation" }): Labels {
    const inner = args.map((arg) => this.of(arg)).find((labels) => labels !== "scalar");
    if (inner === undefined) return "scalar";
    if (/^(topk|bottomk|limitk|limit_ratio)$/.test(name)) return inner;
    for (const label of grouping?.by ? grouping.labels : [])
      if (!inner.open && !inner.labels.has(label)) this.#faults.push(`${name} by ${label}, which nothing in it has`);
    const kept = grouped(inner, grouping);
    const [value] = args;
    return name === "count_values" && value?.kind === "string"
      ? { ...kept, labels: new Set([...kept.labels, value.value]) }
      : kept;
  }

  #binary({ operator, left, right, matching, group }: Expr & { kind: "binary" }): Labels {
    const [a, b] = [this.of(left), this.of(right)];
    if (a === "scalar") return b;
    if (b === "scalar") return a;
    if (operator === "or") return union(a, b);
    const fault = mismatch(a, b, matching);
    if (fault !== undefined) this.#faults.push(`the sides of "${operator}" never match: ${fault}`);
    return setOperators.has(operator) ? a : matched(a, b, matching, group);
  }
}

/** A plain selector's equalities are all that `absent` can know; of anything else it knows nothing. */
function absent(expr: Expr | undefined): LabelSet {
  if (expr?.kind !== "selector") return none;
  const equal = expr.matchers.filter(({ operator }) => operator === "=");
  const values = new Map(equal.map(({ label, value }) => [label, value]));
  return { labels: new Set(values.keys()), open: false, fixed: values };
}

const only = (set: LabelSet, labels: readonly string[]): LabelSet => ({
  labels: new Set(labels),
  open: false,
  fixed: new Map([...set.fixed].filter(([label]) => labels.includes(label))),
});

const without = (set: LabelSet, labels: readonly string[]): LabelSet => ({
  labels: new Set([...set.labels].filter((label) => !labels.includes(label))),
  open: set.open,
  fixed: new Map([...set.fixed].filter(([label]) => !labels.includes(label))),
});

function grouped(set: LabelSet, grouping: Grouping | undefined): LabelSet {
  if (grouping === undefined) return none;
  return grouping.by ? only(set, grouping.labels) : without(set, grouping.labels);
}

function union(a: LabelSet, b: LabelSet): LabelSet {
  const fixed = new Map([...a.fixed].filter(([label, value]) => b.fixed.get(label) === value));
  return { labels: new Set([...a.labels, ...b.labels]), open: a.open || b.open, fixed };
}

/** What the result of arithmetic or of a comparison carries. */
function matched(a: LabelSet, b: LabelSet, matching: Matching | undefined, group: Group | undefined): LabelSet {
  if (group === undefined) {
    if (matching === undefined) return a;
    return matching.on ? only(a, matching.labels) : without(a, matching.labels);
  }
  const many = group.many === "left" ? a : b;
  return { ...many, labels: new Set([...many.labels, ...group.include]) };
}

/** Why no series of one side can equal one of the other, where that is certain or must be taken for so. */
function mismatch(a: LabelSet, b: LabelSet, matching: Matching | undefined): string | undefined {
  if (matching?.on) {
    for (const label of matching.labels) {
      for (const side of [a, b]) if (!side.open && !side.labels.has(label)) return `one has no ${label} to match on`;
      const differ = differing(a, b, label);
      if (differ !== undefined) return differ;
    }
    return undefined;
  }
  const [left, right] = [without(a, matching?.labels ?? []), without(b, matching?.labels ?? [])];
  for (const label of new Set([...left.fixed.keys(), ...right.fixed.keys()])) {
    const differ = differing(left, right, label);
    if (differ !== undefined) return differ;
  }
  // Two scraped metrics match as a whole only where the rule names the same labels of both.
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const)
    for (const label of one.labels)
      if (!other.labels.has(label)) return `only one side is known to have ${label}; say on (…) or ignoring (…)`;
  return undefined;
}

function differing(a: LabelSet, b: LabelSet, label: string): string | undefined {
  const [one, other] = [a.fixed.get(label), b.fixed.get(label)];
  return one !== undefined && other !== undefined && one !== other
    ? `${label} is "${one}" on one side and "${other}" on the other`
    : undefined;
}
