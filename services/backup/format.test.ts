import { expect, test } from "vitest";
import { ageText, bytesText, tableText } from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [123_456, "123 kB"],
  [1_440_000_000, "1.4 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [5, "5 s"],
  [125, "2 min"],
  [3 * 3600 + 59, "3 h"],
  [26 * 3600, "1 d"],
  [-1, "in the future"],
])("%d seconds ago is %s", (seconds, text) => {
  const now = new Date("2026-11-24T02:00:00Z");
  expect(ageText(new Date(now.getTime() - seconds * 1000), now)).toBe(text);
});

test("columns stand under each other, numbers to the right, and no line ends in blanks", () => {
  const rows = [
    ["ID", "ROWS", "NAME"],
    ["a", "1,000", ""],
    ["abc", "7", "x"],
  ];
  expect(tableText(rows, [1])).toBe(["ID    ROWS  NAME", "a    1,000", "abc      7  x"].join("\n"));
});
