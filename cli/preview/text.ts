import { redact } from "@golive/errors/redact.ts";
import { type Group, grouped } from "./group.ts";
import type { PreviewModel, Row } from "./model.ts";
import { isDestructive, operationOf } from "./operations.ts";
import { clean, cut, type PropertyChange } from "./property-change.ts";
import { partsOf } from "./step.ts";
import {
  graphNotice,
  guards,
  headline,
  incompleteNotice,
  notComparedNotice,
  number,
  opWords,
  plural,
  remarks,
  riskNotice,
  valueWords,
} from "./words.ts";

export interface TextOptions {
  readonly colour?: boolean;
  /** Columns of the terminal; lines are cut there. Absent: as long as they are. */
  readonly width?: number;
}

type Paint = (code: string, text: string) => string;

const red = "31";
const yellow = "33";
const green = "32";
const bold = "1";
const dim = "2";

/** A preview for a terminal: symbol and word in every line, colour only on top of them. */
export function text(model: PreviewModel, { colour = false, width }: TextOptions = {}): string {
  const paint: Paint = (code, it) => (colour ? `\u001b[${code}m${it}\u001b[0m` : it);
  const line = (it: string, code = "") => {
    const short = width === undefined ? oneLine(it) : cut(oneLine(it), Math.max(40, width));
    return code ? paint(code, short) : short;
  };
  const groups = grouped(model.rows);
  const widths = widthsOf(groups);
  return [
    line(headline(model), bold),
    ...(model.complete ? [] : [line(`! ${incompleteNotice}`, yellow)]),
    ...(model.source === "graph" ? [line(`! ${graphNotice}`, dim)] : []),
    ...(model.notCompared > 0 ? [line(notComparedNotice(model), dim)] : []),
    ...riskLines(model, line),
    ...messages(model, line),
    ...model.providers.map(({ provider, from, to, resources }) =>
      line(`^ provider ${provider}: ${from} → ${to} (${plural(resources, "resource")})`, yellow),
    ),
    ...(groups.length > 0 ? [""] : []),
    ...groups.flatMap((group) => groupLines(group, widths, line)),
    "",
    line([...(model.about ? [model.about] : []), `${number(model.same)} unchanged`].join(" · "), dim),
  ].join("\n");
}

type Line = (it: string, code?: string) => string;

function riskLines(model: PreviewModel, line: Line): string[] {
  if (model.risks.length === 0) return [];
  const open = model.risks.some(({ allowed }) => !allowed);
  return [
    "",
    line(`! ${riskNotice(model)}`, open ? red : yellow),
    ...model.risks.flatMap((risk) => [
      line(`  ${risk.op} ${risk.urn}${risk.allowed ? " (allowed)" : ""}`, risk.allowed ? yellow : red),
      line(`    lost: ${risk.why} · guard: ${guards(risk)}`),
    ]),
  ];
}

function messages({ diagnostics, policies, needlessAllows, unknownOps }: PreviewModel, line: Line): string[] {
  const all = [
    ...diagnostics.map(({ severity, urn, message }) => ({ severity, said: [partsOf(urn).name, message] })),
    ...policies.map(({ severity, policy, resource, message }) => ({
      severity,
      said: [`policy ${policy}`, partsOf(resource).name, message],
    })),
    ...needlessAllows.map((urn) => ({ severity: "warning", said: [`--allow ${urn}`, "nothing threatens it"] })),
    ...unknownOps.map((op) => ({ severity: "warning", said: [`operation ${op}`, "is new to this program"] })),
  ];
  if (all.length === 0) return [];
  const rows = all.map(({ severity, said }) =>
    line(
      `${severity === "error" ? "x error" : "! warning"}: ${said.filter(Boolean).join(": ")}`,
      severity === "error" ? red : yellow,
    ),
  );
  return ["", ...rows];
}

interface Widths {
  readonly op: number;
  readonly type: number;
}

function widthsOf(groups: readonly Group[]): Widths {
  const widest = (of: (row: Row) => string) =>
    groups.reduce((most, { rows: [row] }) => Math.max(most, of(row).length), 0);
  return { op: widest(opWords), type: Math.min(60, widest(shortType)) };
}

/** `kubernetes:apps/v1:Deployment` → `apps/v1:Deployment`: the provider is told by what is left. */
const shortType = ({ type }: Row) => type.replace(/^kubernetes:/, "");

function groupLines({ rows }: Group, widths: Widths, line: Line): string[] {
  const [first] = rows;
  const mark = first.data !== undefined && first.op !== "create" ? "  ⚠ data" : first.protect ? "  🔒 protected" : "";
  const names =
    rows.length === 1
      ? first.name
      : `${number(rows.length)} resources: ${rows
          .slice(0, 5)
          .map(({ name }) => name)
          .join(", ")}${rows.length > 5 ? ", …" : ""}`;
  const head = `${operationOf(first.op).symbol} ${opWords(first).padEnd(widths.op)}  ${shortType(first).padEnd(widths.type)}  ${names}${mark}`;
  return [
    line(head, isDestructive(first.op) ? red : first.op === "create" ? green : first.op === "update" ? yellow : dim),
    ...first.changes.flatMap((change) => changeLines(change).map((it) => line(`    ${it}`))),
    ...remarks(first).map(({ words, names }) =>
      line(`    ${[words, names.join(", ")].filter(Boolean).join(" ")}`, dim),
    ),
  ];
}

function changeLines(change: PropertyChange): string[] {
  const path = `${change.path}${change.replaces ? " (forces the replacement)" : ""}`;
  const words = valueWords(change);
  if (change.lines) return [`${path}:`, ...change.lines.map((it) => `  ${it}`)];
  if (words !== undefined) return [`${path}: ${words}`];
  if (change.before === undefined || change.after === undefined) return [path];
  if (change.kind === "add") return [`${path}: added ${change.after}`];
  if (change.kind === "remove" && change.before !== "null") return [`${path}: removed ${change.before}`];
  return [`${path}: ${change.before} → ${change.after}`];
}

/** Nobody's text breaks a line or moves the cursor. */
const oneLine = (it: string) => clean(redact(it)).replace(/[\r\n\t]+/g, " ");
