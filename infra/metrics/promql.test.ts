import { expect, test } from "vitest";
import { alerts } from "./alerts.ts";
import { parseQuery } from "./promql.ts";
import { recordingRules } from "./recording-rules.ts";

const up = { kind: "selector", metric: "up", matchers: [] };
const binary = { kind: "binary", matching: undefined, group: undefined };
const number = { kind: "number" };

test("every rule of the platform can be read", () => {
  for (const { expr } of [...Object.values(alerts), ...recordingRules])
    expect(() => parseQuery(expr), expr).not.toThrow();
});

test("comparisons bind tighter than and, and tighter than or", () => {
  expect(parseQuery("up > 1 and up or up")).toEqual({
    ...binary,
    operator: "or",
    left: { ...binary, operator: "and", left: { ...binary, operator: ">", left: up, right: number }, right: up },
    right: up,
  });
});

test("arithmetic associates to the left, powers to the right", () => {
  expect(parseQuery("up - up - 1")).toMatchObject({ operator: "-", left: { operator: "-" }, right: number });
  expect(parseQuery("up ^ up ^ 1")).toMatchObject({ operator: "^", left: up, right: { operator: "^" } });
  expect(parseQuery("-up * 2")).toMatchObject({ operator: "*", left: up });
});

test("a matcher keeps its label and value, also with signs of the language in it", () => {
  expect(parseQuery(`up{job="a",path!~'x{2,}|"y"',}`)).toMatchObject({
    matchers: [
      { label: "job", operator: "=", value: "a" },
      { label: "path", operator: "!~", value: 'x{2,}|"y"' },
    ],
  });
});

test("ranges, subqueries, offsets and moments change nothing", () => {
  for (const query of ["up[5m]", "up[1d:5m]", "up offset 15m", "up offset -1h", "up[1h30m] @ end()", "up @ 1.5e9"])
    expect(parseQuery(query), query).toEqual(up);
});

test("labels of a group stand before or after what is grouped", () => {
  const expected = { kind: "aggregation", name: "sum", grouping: { by: true, labels: ["a", "b"] }, args: [up] };
  expect(parseQuery("sum by (a, b) (up)")).toEqual(expected);
  expect(parseQuery("sum(up) by (a, b)")).toEqual(expected);
  expect(parseQuery("count without (a) (up)")).toMatchObject({ grouping: { by: false, labels: ["a"] } });
});

test("who matches whom is kept", () => {
  expect(parseQuery("up == bool on (a) group_left (b) up")).toMatchObject({
    matching: { on: true, labels: ["a"] },
    group: { many: "left", include: ["b"] },
  });
  expect(parseQuery("up > ignoring (a) group_right up")).toMatchObject({
    matching: { on: false, labels: ["a"] },
    group: { many: "right", include: [] },
  });
  expect(parseQuery("up > on () (up)")).toMatchObject({ matching: { on: true, labels: [] }, group: undefined });
});

test.each([
  ["up >", "the query ends"],
  ["up up", 'found "up"'],
  ["sum by (a (up)", 'found "("'],
  ["up[5m", "the query ends"],
  ["up{job}", 'found "}"'],
  ["up # all", 'cannot read " # all"'],
])("%s is refused with the place where it stops", (query, message) => {
  expect(() => parseQuery(query)).toThrow(message);
});
