import type { PreviewModel, Row } from "./model.ts";
import { nothingChanges } from "./model.ts";
import { isDestructive, operationOf, wordsOf } from "./operations.ts";
import type { PropertyChange } from "./property-change.ts";
import { partsOf } from "./step.ts";

/** Sentences that every form of a preview says in the same words. */

export const number = (count: number): string => count.toLocaleString("en-US");
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

export interface Counted {
  readonly count: string;
  readonly op: string;
  readonly destructive: boolean;
}

/** `1 replace, 2 delete, 4 update`: counts by operation, what destroys first. */
export function counted({ counts, rows }: PreviewModel): Counted[] {
  const left = rows.filter(({ op }) => operationOf(op).partOf !== undefined || op === "refresh");
  const own = Map.groupBy(left, ({ op }) => op);
  return [
    ...Object.entries(counts).filter(([op]) => op !== "same"),
    ...[...own].map(([op, some]): [string, number] => [op, some.length]),
  ].map(([op, count]) => ({ count: number(count), op, destructive: isDestructive(op) }));
}

export function headline(model: PreviewModel): string {
  const what = model.source === "graph" ? "Graph comparison" : "Preview";
  const rest = nothingChanges(model)
    ? "no changes"
    : counted(model)
        .map(({ count, op }) => `${count} ${wordsOf(op)}`)
        .join(", ");
  return `${what} of ${model.stack}: ${rest || (model.complete ? "no changes to resources" : "nothing was seen")}${model.complete ? "" : " (incomplete)"}`;
}

export const graphNotice =
  "This compares two graphs of the program, not the engine's plan: no state, no cluster and no cloud was asked. " +
  "What is replaced, what drifted and what a provider fills in is not known here.";

/** Of a comparison with a copy of a state; empty where everything was compared. */
export function notComparedNotice({ notCompared }: PreviewModel): string {
  if (notCompared === 0) return "";
  return `Of ${plural(notCompared, "resource")}, what comes from secrets was not compared: the copy of the state holds none.`;
}

export const incompleteNotice =
  "This preview did not get to its end. What is below was seen before it failed; more may change than is shown.";

export function riskNotice({ risks }: PreviewModel): string {
  const open = risks.filter(({ allowed }) => !allowed).length;
  const held = `${plural(risks.length, "resource")} that ${risks.length === 1 ? "holds" : "hold"} data or ${risks.length === 1 ? "is" : "are"} protected would be replaced or deleted`;
  if (open === 0) return `${held}; each was allowed by name.`;
  return `${held}. ${open === risks.length ? "None" : `${number(risks.length - open)}`} of them was allowed by name: see --allow.`;
}

export function guards({ protect, retainOnDelete }: { protect: boolean; retainOnDelete: boolean }): string {
  const words = [
    ...(protect ? ["protected: the engine refuses"] : []),
    ...(retainOnDelete ? ["retainOnDelete: the thing itself stays, the stack loses it"] : []),
  ];
  return words.length > 0 ? words.join("; ") : "none";
}

/** `replace (delete first)`. */
export function opWords({ op, first }: Row): string {
  return first ? `${wordsOf(op)} (${first} first)` : wordsOf(op);
}

/** Something said of a row besides its properties: our words, and names that are other people's. */
export interface Remark {
  readonly words: string;
  readonly names: readonly string[];
}

export function remarks(row: Row): Remark[] {
  const { more, dependents, formerly, notes, by, op, changes } = row;
  const said = (words: string, names: readonly string[] = []): Remark => ({ words, names });
  return [
    ...(more > 0 ? [said(`and ${plural(more, "more property", "more properties")}`)] : []),
    ...(formerly === undefined ? [] : [said("renamed by an alias, was", [formerly])]),
    ...(dependents.length > 0 ? [said("takes with it", shownDependents(dependents))] : []),
    ...(row.retainOnDelete && isDestructive(op) ? [said("retainOnDelete: the thing itself stays")] : []),
    ...(op === "update" && changes.length === 0 ? [said("only secret values, or what the provider alone knows")] : []),
    ...notes.map((note) => said(note)),
    ...(by.length > 0 ? [said("set by", by)] : []),
  ];
}

function shownDependents(urns: readonly string[]): string[] {
  const names = urns.slice(0, 10).map((urn) => partsOf(urn).name);
  return urns.length > 10 ? [...names, `and ${number(urns.length - 10)} more`] : names;
}

/** The value part of a change, or why there is none. */
export function valueWords(change: PropertyChange): string | undefined {
  if (change.kind === "order") return "same content, other order";
  if (change.hidden === "secret")
    return change.kind === "add" ? "secret, added" : change.kind === "remove" ? "secret, removed" : "secret, not shown";
  if (change.lines) return `${plural(change.lines.filter((line) => /^[+-] /.test(line)).length, "line")} of text`;
  return undefined;
}
