import { dataBearingOf } from "@golive/infra/policies/data-bearing.ts";
import type { PreviewModel, ProviderChange, Risk, Row, Source } from "./model.ts";
import { isDestructive, isKnown, operationOf } from "./operations.ts";
import {
  briefValues,
  compare,
  fullValues,
  type PropertyChange,
  propertyChanges,
  type ValueLimits,
} from "./property-change.ts";
import { explicitProviderChange, providerChange } from "./provider-change.ts";
import {
  isDefaultProvider,
  type Observed,
  type PolicyFinding,
  type PolicyHook,
  partsOf,
  type State,
  type Step,
} from "./step.ts";

export interface BuildOptions {
  readonly stack: string;
  readonly source: Source;
  /** False when the engine gave up before its end. */
  readonly complete: boolean;
  /** Whole values and up to forty properties a row. */
  readonly values?: boolean;
  /** URNs whose replacement or deletion is wanted. */
  readonly allow?: readonly string[];
  /** Findings that were made beside the engine. */
  readonly policies?: readonly PolicyFinding[];
  /** Looked at the plan with these; what they find stands among the policies. */
  readonly policyHooks?: readonly PolicyHook[];
  readonly about?: string;
  /** Resources of which a part was not compared, since it comes from secrets and the state is a copy without them. */
  readonly notCompared?: number;
}

/** Properties of a row that are shown. */
const shownProperties = { brief: 6, full: 40 } as const;

/** What was seen of a preview, put in order. Pure, and the same whatever order unrelated resources arrive in. */
export function previewModel(observed: Observed, options: BuildOptions): PreviewModel {
  const { stack, source, values = false, allow = [], about = "" } = options;
  const hooked = (options.policyHooks ?? []).flatMap((hook) => hook(observed.steps));
  const byUrn = Map.groupBy(observed.steps, ({ urn }) => urn);
  const dependents = dependentsOf(observed.steps);
  const limits = values ? fullValues : briefValues;
  const most = values ? shownProperties.full : shownProperties.brief;
  const all = [...byUrn].map(([urn, steps]) => rowOf(urn, steps, dependents.get(urn) ?? [], limits, most));
  const providers = new Map<string, ProviderChange>();
  for (const { provider } of all) if (provider) addProvider(providers, provider);
  const rows = all.filter(({ quiet }) => !quiet).map(({ row }) => row);
  const complete = options.complete && !observed.diagnostics.some(({ severity }) => severity === "error");
  const risks = risksOf(rows, allow);
  const counts = sortedCounts(byUrn);
  return {
    schema: 1,
    stack,
    source,
    complete,
    counts,
    same: counts["same"] ?? 0,
    notCompared: options.notCompared ?? 0,
    rows: rows.sort(
      (a, b) => order(a.op, b.op) || compare(a.type, b.type) || compare(a.name, b.name) || compare(a.urn, b.urn),
    ),
    risks,
    providers: [...providers.values()].sort((a, b) => compare(a.provider, b.provider) || compare(a.from, b.from)),
    policies: [...observed.policies, ...(options.policies ?? []), ...hooked].sort(
      (a, b) =>
        compare(a.severity, b.severity) ||
        compare(a.policy, b.policy) ||
        compare(a.resource, b.resource) ||
        compare(a.message, b.message),
    ),
    diagnostics: [...observed.diagnostics, ...miscount(counts, observed.summary)].sort(
      (a, b) => compare(a.severity, b.severity) || compare(a.urn, b.urn) || compare(a.message, b.message),
    ),
    unknownOps: [...new Set(rows.map(({ op }) => op).filter((op) => !isKnown(op)))].sort(),
    needlessAllows: allow.filter((urn) => !risks.some((risk) => risk.urn === urn)).sort(),
    about,
  };
}

const sortedCounts = (byUrn: ReadonlyMap<string, readonly Step[]>) =>
  Object.fromEntries(Object.entries(countsOf(byUrn)).sort(([a], [b]) => order(a, b)));

const order = (a: string, b: string) => operationOf(a).rank - operationOf(b).rank || compare(a, b);

interface Found {
  readonly row: Row;
  /** True when there is nothing to show of it. */
  readonly quiet: boolean;
  readonly provider?: Omit<ProviderChange, "resources">;
}

function rowOf(
  urn: string,
  steps: readonly Step[],
  dependents: readonly string[],
  limits: ValueLimits,
  most: number,
): Found {
  const op = opOf(steps);
  const { type, name } = partsOf(urn);
  const main = steps.filter((step) => step.op !== "refresh" || op === "refresh");
  const old = main.find((step) => step.old)?.old;
  // The new side of a deletion is empty, whatever an earlier step of the same resource said.
  const after = operationOf(op).rank === 1 ? undefined : main.findLast((step) => step.new)?.new;
  const causes = [...new Set(steps.flatMap((step) => step.causes))].sort();
  const kinds = Object.assign({}, ...steps.map((step) => step.kinds)) as Step["kinds"];
  const changed = [...new Set(steps.flatMap((step) => step.changed))];
  const explicit = type.startsWith("pulumi:providers:") ? explicitProviderChange(type, old, after) : undefined;
  const provider = explicit ?? providerChange(old, after);
  const compared: readonly PropertyChange[] =
    op === "same" ? [] : propertyChanges({ type, old, new: after, causes, kinds, changed }, limits);
  const changes = explicit ? compared.filter(({ path }) => path !== "version") : compared;
  const state = old ?? after;
  const data = dataBearingOf(type, state?.inputs)?.why;
  const formerly = formerName(urn, old);
  const row: Row = {
    urn,
    type,
    name,
    op,
    ...(op === "replace" ? firstOf(steps) : {}),
    causes,
    changes: changes.slice(0, most),
    more: Math.max(0, changes.length - most),
    dependents: [...dependents].sort(compare),
    notes: notesOf(op, steps),
    by: [...new Set(steps.flatMap((step) => step.by ?? []))].sort(compare),
    ...(formerly === undefined ? {} : { formerly }),
    ...(data === undefined ? {} : { data }),
    protect: state?.protect === true,
    retainOnDelete: state?.retainOnDelete === true,
  };
  const onlyProvider =
    op === "update" &&
    provider !== undefined &&
    changes.length === 0 &&
    row.notes.length === 0 &&
    formerly === undefined;
  const idle = op === "refresh" && changes.length === 0 && after !== undefined;
  return {
    row,
    quiet: op === "same" || onlyProvider || idle || isDefaultProvider(urn),
    ...(provider ? { provider } : {}),
  };
}

/** One word for all steps of a resource: the counted one that weighs most; the parts of a replacement are a replacement. */
function opOf(steps: readonly Step[]): string {
  const ops = steps.map(({ op }) => op);
  const counted = ops.filter((op) => operationOf(op).partOf === undefined && op !== "refresh").sort(order);
  if (counted[0] !== undefined && counted[0] !== "same") return counted[0];
  if (ops.some((op) => /-replacement$/.test(op))) return "replace";
  return ops.find((op) => operationOf(op).partOf !== undefined) ?? (ops.includes("refresh") ? "refresh" : "same");
}

/** Logical steps, as the engine counts them: not its own providers, not the parts of a replacement, not looks at the world. */
function countsOf(byUrn: ReadonlyMap<string, readonly Step[]>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [urn, steps] of byUrn) {
    if (isDefaultProvider(urn)) continue;
    const ops = new Set(
      steps.map(({ op }) => op).filter((op) => operationOf(op).partOf === undefined && op !== "refresh"),
    );
    // A resource whose outputs are registered after it was made passes twice; it is one.
    if (ops.size > 1) ops.delete("same");
    for (const op of ops) counts[op] = (counts[op] ?? 0) + 1;
  }
  return counts;
}

function miscount(ours: Readonly<Record<string, number>>, theirs: Observed["summary"]) {
  if (theirs === undefined) return [];
  const ops = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  const wrong = ops.filter((op) => (ours[op] ?? 0) !== (theirs[op] ?? 0));
  if (wrong.length === 0) return [];
  const said = wrong.map((op) => `${op}: ${theirs[op] ?? 0} counted, ${ours[op] ?? 0} shown`).join("; ");
  return [
    { severity: "warning" as const, urn: "", message: `the engine's summary is another one than its steps: ${said}` },
  ];
}

function firstOf(steps: readonly Step[]): { first?: "delete" | "create" } {
  const ops = steps.map(({ op }) => op);
  const [gone, made] = [ops.indexOf("delete-replaced"), ops.findIndex((op) => /-replacement$/.test(op))];
  if (gone < 0 && made < 0) return {};
  return { first: gone >= 0 && (made < 0 || gone < made) ? "delete" : "create" };
}

/**
 * Who is replaced because of whom. States that tell their dependencies say it; of the engine's events only the order does: before
 * it deletes what has to go first, it deletes what hangs on that.
 */
function dependentsOf(steps: readonly Step[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const add = (urn: string, dependent: string) => {
    if (urn !== dependent) found.set(urn, (found.get(urn) ?? new Set()).add(dependent));
  };
  const replaced = new Set(steps.filter(({ op }) => operationOf(op).rank === 0).map(({ urn }) => urn));
  for (const { urn, old, op } of steps) {
    if (!isDestructive(op)) continue;
    for (const needed of old?.dependencies ?? []) if (replaced.has(needed)) add(needed, urn);
  }
  let run: string[] = [];
  for (const { op, urn } of steps) {
    if (op === "delete-replaced") run.push(urn);
    else {
      const [last] = run.slice(-1);
      if (op === "replace" && last === urn) for (const other of run) add(urn, other);
      // Unrelated steps arrive in between; they end nothing.
      if (op === "replace" || op === "create-replacement") run = [];
    }
  }
  return new Map([...found].map(([urn, all]) => [urn, [...all]]));
}

function notesOf(op: string, steps: readonly Step[]): string[] {
  const notes: string[] = [];
  if (operationOf(op).partOf !== undefined) notes.push("left behind by a replacement that did not end");
  if (steps.some((step) => step.op === "refresh") && op !== "refresh") notes.push("compared with the world first");
  if (op === "refresh" && steps.some(({ new: after }) => after === undefined)) notes.push("is gone from the world");
  if (op === "discard") notes.push("leaves the state; nothing is deleted");
  return notes;
}

/** The name under which the state knows it; with the same name, the whole URN. */
function formerName(urn: string, old: State | undefined): string | undefined {
  if (!old || old.urn === urn) return undefined;
  const { name } = partsOf(old.urn);
  return name === partsOf(urn).name ? old.urn : name;
}

function risksOf(rows: readonly Row[], allow: readonly string[]): Risk[] {
  return rows
    .filter(({ op, data, protect }) => isDestructive(op) && op !== "discard" && (data !== undefined || protect))
    .map(({ urn, op, data, protect, retainOnDelete }) => ({
      urn,
      op,
      why: data ?? "it is protected",
      protect,
      retainOnDelete,
      allowed: allow.includes(urn),
    }))
    .sort((a, b) => order(a.op, b.op) || compare(a.urn, b.urn));
}

function addProvider(
  all: Map<string, ProviderChange>,
  { provider, from, to }: Omit<ProviderChange, "resources">,
): void {
  const key = [provider, from, to].join(" ");
  all.set(key, { provider, from, to, resources: (all.get(key)?.resources ?? 0) + 1 });
}
