import { type Code, codes } from "@golive/errors/codes.ts";
import { table } from "./table.ts";

/** The README's table of exit statuses; a test compares the two. */
export function exitCodesMarkdown(): string {
  const rows = Object.entries(codes).map(([code, { exit, about }]) => `| ${exit} | \`${code}\` | ${about} |`);
  return ["| exit | code | what it means |", "|--:|---|---|", "| 0 | | done, or nothing to do |", ...rows].join("\n");
}

/** The same for a verb's help: the statuses it may end with, one line each. */
export function exitCodesHelp(of: readonly Code[]): string {
  const rows = of.map((code) => [String(codes[code].exit).padStart(3), code, codes[code].about]);
  return table([["  0", "", "done, or nothing to do"], ...rows], "  ");
}
