import { expect, test } from "vitest";
import { matches } from "./preconditions.ts";

test.each([
  ['"3"', true],
  ['"1", "3"', true],
  ["*", true],
  ['W/"3"', false],
  ['"33"', false],
  ["3", false],
  ["", false],
])("if-match: %s against version 3 is %s", (header, expected) => {
  expect(matches(header, '"3"')).toBe(expected);
});
