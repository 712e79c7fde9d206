import { code, fenced } from "./escape.ts";
import { type Group, grouped } from "./group.ts";
import { nothingChanges, type PreviewModel, type Row } from "./model.ts";
import { isDestructive, isKnown, wordsOf } from "./operations.ts";
import { bytesOf, Room } from "./page.ts";
import { cut, type PropertyChange } from "./property-change.ts";
import { partsOf } from "./step.ts";
import {
  counted,
  graphNotice,
  guards,
  incompleteNotice,
  notComparedNotice,
  number,
  opWords,
  plural,
  type Remark,
  remarks,
  riskNotice,
  valueWords,
} from "./words.ts";

export interface MarkdownOptions {
  /** Bytes of the whole text; GitHub takes 65,536 characters of a comment. */
  readonly limit?: number;
  /** Where the whole text is, for the reader of a shortened one: an address or the name of a file. */
  readonly full?: string;
}

export const commentLimit = 65_536;

/** Kept for the closing lines of a text that has to be cut. */
const reserve = 700;

const icons: Readonly<Record<string, string>> = { replace: "🔁", delete: "🗑", update: "✏️", create: "➕", import: "📥" };

/** A preview as GitHub shows it: the verdict, what is in danger, then everything that changes, what destroys first. */
export function markdown(model: PreviewModel, { limit = commentLimit, full = "" }: MarkdownOptions = {}): string {
  const head = opening(model);
  const room = new Room(limit - bytesOf(head) - bytesOf(closing(model)) - reserve);
  const groups = grouped(model.rows);
  const destroying = groups.filter(({ rows: [row] }) => isDestructive(row.op));
  const rest = groups.slice(destroying.length);
  const changes = new Changes(room, full);
  // Room is given out by weight, not by place on the page: what destroys, why it is stopped, then the rest.
  changes.take(destroying, true);
  const risks = sized(room, riskRows(model), riskHead, 0.5);
  const errors = sized(room, diagnosticRows(model), diagnosticHead, 0.4);
  const policies = sized(room, policyRows(model), policyHead, 0.5);
  changes.take(rest, false);
  const texts = textBlocks(room, model.rows);
  const parts = [head, risks, errors, policies, changes.lines(), texts, closing(model)];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")}\n`;
}

function opening(model: PreviewModel): string[] {
  const what = model.source === "graph" ? "Graph comparison" : "Preview";
  const words = counted(model).map(({ count, op, destructive }) => {
    const text = `${count} ${isKnown(op) ? wordsOf(op) : code(op)}`;
    return destructive ? `**${text}**` : text;
  });
  const rest = nothingChanges(model)
    ? "no changes"
    : words.join(", ") || (model.complete ? "no changes to resources" : "nothing was seen");
  const open = model.risks.some(({ allowed }) => !allowed);
  return [
    `### ${what} of ${code(model.stack)}: ${rest}${model.complete ? "" : " (incomplete)"}`,
    ...(model.complete ? [] : ["", "> [!WARNING]", `> ${incompleteNotice}`]),
    ...(model.source === "graph" ? ["", "> [!NOTE]", `> ${graphNotice}`] : []),
    ...(model.notCompared > 0 ? ["", notComparedNotice(model)] : []),
    ...(model.risks.length > 0 ? ["", open ? "> [!CAUTION]" : "> [!NOTE]", `> ${riskNotice(model)}`] : []),
    ...(model.needlessAllows.length > 0
      ? ["", `Allowed, and not in danger: ${model.needlessAllows.slice(0, 20).map(code).join(", ")}`]
      : []),
    ...(model.unknownOps.length > 0
      ? ["", `Operations that are new to this program: ${model.unknownOps.slice(0, 20).map(code).join(", ")}`]
      : []),
    ...model.providers
      .slice(0, 20)
      .flatMap(({ provider, from, to, resources }) => [
        "",
        `⬆ provider ${code(provider)}: ${code(from)} → ${code(to)} (${plural(resources, "resource")})`,
      ]),
  ];
}

function closing({ same, about, stack, source }: PreviewModel): string[] {
  const how = source === "graph" ? "`./golive preview --offline" : "`./golive preview";
  const own = /^[\w.-]+$/.test(stack) ? stack : "";
  const words = [...(about ? [code(about)] : []), `${number(same)} unchanged`, `the same here: ${how} ${own}\``];
  return [`<sub>${words.join(" · ")}</sub>`];
}

const riskHead = ["| In danger | What is lost | Guard | Allowed |", "|---|---|---|---|"];
const riskRows = ({ risks }: PreviewModel) =>
  risks.map((risk) => row(`**${risk.op}** ${code(risk.urn)}`, risk.why, guards(risk), risk.allowed ? "yes" : "**no**"));

const diagnosticHead = ["| | Resource | What the engine says |", "|---|---|---|"];
const diagnosticRows = ({ diagnostics }: PreviewModel) =>
  diagnostics.map(({ severity, urn, message }) =>
    row(
      severity === "error" ? "❌ **error**" : "⚠ warning",
      urn ? code(partsOf(urn).name) : "",
      code(cut(message, 500)),
    ),
  );

const policyHead = ["| | Policy | Resource | Finding |", "|---|---|---|---|"];
const policyRows = ({ policies }: PreviewModel) =>
  policies.map(({ severity, policy, resource, message }) =>
    row(
      severity === "error" ? "❌ **error**" : "⚠ warning",
      code(policy),
      code(partsOf(resource).name),
      code(cut(message, 500)),
    ),
  );

const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;

/** A table within a share of the room that is left; its last row counts what did not fit. */
function sized(room: Room, rows: readonly string[], head: readonly string[], share: number): string[] {
  if (rows.length === 0 || !room.take(["", ...head, row("…", "000,000 more", "", "")])) return [];
  const own = new Room(room.left * share);
  const some = rows.slice(0, own.takeMost(rows.map((line) => [line])));
  room.take(some);
  return [...head, ...some, ...(some.length < rows.length ? [moreRow(head, rows.length - some.length)] : [])];
}

function moreRow([titles = ""]: readonly string[], count: number): string {
  return row(
    "…",
    `${number(count)} more`,
    ...titles
      .split("|")
      .slice(4)
      .map(() => ""),
  );
}

/** The table of everything that changes; it is filled in two goes. */
class Changes {
  readonly #room: Room;
  readonly #full: string;
  readonly #lines: string[] = [];
  #left = 0;

  constructor(room: Room, full: string) {
    this.#room = room;
    this.#full = full;
  }

  /** Where room is short, what destroys gives up its properties before a single one of them is left out. */
  take(groups: readonly Group[], mayShorten: boolean): void {
    const long = groups.map((group) => groupRow(group));
    const short = mayShorten && bytesOf(long) > this.#room.left * 0.7 ? groups.map((group) => shortRow(group)) : long;
    const fits = this.#room.takeMost(short.map((line) => [line]));
    this.#lines.push(...short.slice(0, fits));
    this.#left += groups.slice(fits).reduce((sum, { rows }) => sum + rows.length, 0);
  }

  lines(): string[] {
    if (this.#lines.length + this.#left === 0) return [];
    const more =
      this.#left > 0
        ? [row("…", `**${plural(this.#left, "more change")}** in the full text`, whereOf(this.#full), "")]
        : [];
    return [
      "| | Resource | Name | Properties (bold: forces the replacement) |",
      "|---|---|---|---|",
      ...this.#lines,
      ...more,
    ];
  }
}

/** An operation of another version may be called anything. */
function operationCell(one: Row): string {
  if (!isKnown(one.op)) return code(one.op);
  return isDestructive(one.op) ? `**${opWords(one)}**` : opWords(one);
}

/** The address of the whole text, or the name of the file that it is in. */
function whereOf(full: string): string {
  if (/^https:\/\/[\w.~%?=&#:/-]+$/.test(full)) return `[here](${full})`;
  return full ? code(full) : "";
}

function groupRow({ rows }: Group): string {
  const [first] = rows;
  const what = `${icons[first.op] ? `${icons[first.op]} ` : ""}${operationCell(first)}`;
  const properties = [...first.changes.map(changeCell), ...remarks(first).map(remarkCell)].join("<br>");
  if (rows.length === 1) return row(what, code(first.type), nameCell(first), properties);
  const types = [...new Set(rows.map(({ type }) => type))];
  const names = rows.slice(0, 5).map(({ name }) => code(name));
  const others = rows.length > 5 ? [`and ${number(rows.length - 5)} more`] : [];
  return row(
    `${what} × ${number(rows.length)}`,
    types.slice(0, 3).map(code).join("<br>"),
    [...names, ...others].join(", "),
    properties,
  );
}

const shortRow = ({ rows: [one] }: Group) => row(`**${opWords(one)}**`, "", code(one.urn), "");

function nameCell({ name, urn, op, data, protect }: Row): string {
  const mark = data !== undefined && op !== "create" ? " ⚠ data" : protect ? " 🔒 protected" : "";
  // What destroys is allowed by its URN, so that is where people copy it from.
  return `${code(name)}${mark}${isDestructive(op) && urn !== name ? `<br><sub>${code(urn)}</sub>` : ""}`;
}

function changeCell(change: PropertyChange): string {
  const path = change.replaces ? `**${code(change.path)}**` : code(change.path);
  const words = valueWords(change);
  if (words !== undefined) return `${path}: ${words}`;
  if (change.before === undefined || change.after === undefined) return path;
  if (change.kind === "add") return `${path}: added ${code(change.after)}`;
  if (change.kind === "remove" && change.before !== "null") return `${path}: removed ${code(change.before)}`;
  return `${path}: ${code(change.before)} → ${code(change.after)}`;
}

const remarkCell = ({ words, names }: Remark) => [words, names.map(code).join(", ")].filter(Boolean).join(" ");

/** Texts of several lines, each in a fence of its own; a fence is there whole or not at all. */
function textBlocks(room: Room, rows: readonly Row[]): string[] {
  const blocks = grouped(rows).flatMap(({ rows: [first] }) =>
    first.changes.flatMap(({ path, lines }) =>
      lines ? [["", `${code(first.name)} ${code(path)}`, "", ...fenced(lines, "diff")]] : [],
    ),
  );
  const frame = ["", "<details><summary>Texts that change</summary>", "", "</details>", ""];
  if (blocks.length === 0 || !room.take([...frame, "0,000 more are in the full text."])) return [];
  const fits = room.takeMost(blocks);
  const more = fits < blocks.length ? ["", `${number(blocks.length - fits)} more are in the full text.`] : [];
  return ["<details><summary>Texts that change</summary>", ...blocks.slice(0, fits).flat(), ...more, "", "</details>"];
}
