// node testing/settings-table.ts: writes the table of settings into README.md, which a test compares with this.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { environment } from "../config.ts";

const readme = join(import.meta.dirname, "../README.md");
const [begin, end] = ["<!-- settings -->\n", "<!-- /settings -->"];

/** Markdown, a row a variable, in the order of config.ts. */
export function settingsTable(): string {
  const rows = Object.entries<z.ZodType>(environment.shape).map(([name, schema]) => [
    `\`${name}\``,
    presetOf(schema),
    (schema.description ?? "").replaceAll("|", "\\|"),
  ]);
  const all = [["variable", "default", "what it is"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

/** What the README has of it. */
export function tableInReadme(): string {
  return readFileSync(readme, "utf8").split(begin)[1]?.split(end)[0]?.trim() ?? "";
}

function presetOf(schema: z.ZodType): string {
  const result = schema.safeParse(undefined);
  if (!result.success || result.data === undefined) return "";
  return result.data === "" ? "" : `\`${String(result.data)}\``;
}

if (import.meta.main) {
  const [before, rest = ""] = readFileSync(readme, "utf8").split(begin);
  const after = rest.split(end)[1] ?? "";
  writeFileSync(readme, `${before}${begin}\n${settingsTable()}\n\n${end}${after}`);
}
