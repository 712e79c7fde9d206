import type { Code, List, Nodes, Table } from "mdast";
import { readInfo } from "./fence.ts";
import { bold, inline, type Place, red, resolved, tagText, widthOf, wrap } from "./inline.ts";
import { lineOf, type Page } from "./page.ts";
import { commandsOf } from "./run-page.ts";

/** A page for a terminal: wrapped to its width, commands with the values of a stack. */
export function renderPage(page: Page, place: Omit<Place, "steps">): string {
  const steps = new Map(commandsOf(page).map(({ line }, at) => [line, at + 1]));
  const full: Place = { ...place, steps };
  const title = bold(page.title, place.look);
  const body = blocks(page.tree.children, full, place.look.columns);
  return [title, "=".repeat(Math.min(page.title.length, place.look.columns)), "", ...body].join("\n").trimEnd();
}

/** Blocks with an empty line between them. */
function blocks(nodes: readonly Nodes[], place: Place, columns: number): string[] {
  const rendered = nodes.map((node) => block(node, place, columns)).filter((lines) => lines.length > 0);
  return rendered.flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}

function block(node: Nodes, place: Place, columns: number): string[] {
  switch (node.type) {
    case "heading": {
      const text = inline(node.children, place);
      const rule = node.depth <= 2 ? ["-".repeat(Math.min(widthOf(text), columns))] : [];
      return [bold(text, place.look), ...rule];
    }
    case "paragraph":
      return admonition(wrap(inline(node.children, place), columns), place);
    case "list":
      return list(node, place, columns);
    case "code":
      return code(node, place);
    case "table":
      return grid(node, place, columns);
    case "blockquote":
      return blocks(node.children, place, columns - 2).map((line) => `| ${line}`.trimEnd());
    case "html": {
      const text = tagText(node.value);
      return text === "" ? [] : wrap(text, columns);
    }
    case "thematicBreak":
      return ["-".repeat(Math.min(columns, 40))];
    default:
      return "children" in node ? blocks(node.children, place, columns) : [];
  }
}

/** `:::danger[Title]` and its end are text to Markdown. */
function admonition(lines: readonly string[], { look }: Place): string[] {
  return lines.flatMap((line) => {
    const [, kind, title = ""] = /^:::(\w+)(?:\[(.*?)\])?/.exec(line) ?? [];
    if (kind !== undefined) {
      const head = `! ${kind.toUpperCase()}${title === "" ? "" : `: ${title}`}`;
      const rest = line.replace(/^:::\w+(\[.*?\])?\s*/, "");
      return [kind === "danger" ? red(head, look) : bold(head, look), ...(rest === "" ? [] : [rest])];
    }
    const text = line.replace(/\s*:::$/, "");
    return text === "" ? [] : [text];
  });
}

function list({ children, ordered, start }: List, place: Place, columns: number): string[] {
  return children.flatMap((item, at) => {
    const box = item.checked === null || item.checked === undefined ? "" : item.checked ? "[x] " : "[ ] ";
    const mark = `${ordered ? `${(start ?? 1) + at}.` : "-"} ${box}`;
    const indent = " ".repeat(mark.length);
    const lines = blocks(item.children, place, columns - mark.length);
    return lines.map((line, row) => (row === 0 ? mark + line : line === "" ? "" : indent + line));
  });
}

function code(node: Code, place: Place): string[] {
  // The same stands as text behind every diagram.
  if (node.lang === "mermaid") return [];
  const text = resolved(node.value, place).replace(/^/gm, "    ");
  const step = place.steps.get(lineOf(node));
  if (step === undefined) return text.split("\n");
  const { meta } = readInfo(`sh ${node.meta ?? ""}`);
  const marks = [meta.danger ? red("changes data or interrupts", place.look) : "", meta.skip ?? ""].filter(Boolean);
  const head = `  [${step}]${marks.length > 0 ? ` ${marks.join("; ")}` : ""}`;
  return [head, ...text.split("\n")];
}

/** Columns when they fit; else each row as lines of `column: cell`. */
function grid({ children: rows }: Table, place: Place, columns: number): string[] {
  const cells = rows.map(({ children }) => children.map((cell) => inline(cell.children, place)));
  const [head = [], ...body] = cells;
  const widths = head.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ""))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  if (columns - before < 20) {
    const rowsOf = body.map((row) => row.flatMap((cell, at) => wrap(`${head[at] ?? ""}: ${cell}`, columns)));
    return rowsOf.flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
  }
  const line = (row: readonly string[]) => {
    const last = wrap(row.at(-1) ?? "", columns - before);
    const first = row.slice(0, -1).map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - widthOf(cell) + 2));
    return [(first.join("") + (last[0] ?? "")).trimEnd(), ...last.slice(1).map((rest) => " ".repeat(before) + rest)];
  };
  const named = head.some((cell) => cell !== "");
  return [...(named ? line(head.map((cell) => bold(cell, place.look))) : []), ...body.flatMap(line)];
}
