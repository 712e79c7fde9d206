import { expect, test } from "vitest";
import { traceRatio } from "./trace-ratio.ts";

test.each([
  [undefined, 1],
  ["", 1],
  ["0", 0],
  ["0.1", 0.1],
])("%j is %d", (given, ratio) => {
  expect(traceRatio(given)).toBe(ratio);
});

test.each(["half", "-1", "1.5", "NaN"])("%s is refused", (given) => {
  expect(() => traceRatio(given)).toThrow(given);
});
