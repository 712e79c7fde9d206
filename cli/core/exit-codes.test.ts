import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { expect, test } from "vitest";
import { exitCodesMarkdown } from "./exit-codes.ts";

/** Cells of the rows with a code; the formatter pads columns. */
const rows = (markdown: string) =>
  markdown
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, exit, code]) => /^\d+$/.test(exit ?? "") && /^`[A-Z_]+`$/.test(code ?? ""));

test("the README's table of exit statuses is the one of errors/codes.ts, both ways", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  expect(rows(readme)).toEqual(rows(exitCodesMarkdown()));
  expect(rows(readme)).toHaveLength(Object.keys(codes).length);
});
