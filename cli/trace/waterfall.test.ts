import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Span } from "./spans.ts";
import { microseconds, waterfall } from "./waterfall.ts";

const plain = { columns: 80, colour: false };

function span(id: string, facts: Partial<Span> = {}): Span {
  return {
    id,
    parent: undefined,
    service: "gateway",
    name: id,
    start: 0,
    duration: 1000,
    failed: false,
    attributes: {},
    ...facts,
  };
}

/** The names in the order in which they are drawn, with the blanks before them. */
const names = (spans: readonly Span[]) => waterfall(spans, plain).map((line) => line.replace(/gateway: (\S+).*/, "$1"));

test("children stand under their parent, siblings by their start, each with its time and its bar", () => {
  const spans = [
    span("second", { parent: "root", start: 50_000, duration: 50_000, failed: true }),
    span("first", { parent: "root", start: 0, duration: 25_000 }),
    span("root", { duration: 100_000 }),
    span("inner", { parent: "first", start: 10_000, duration: 400 }),
  ];
  expect(waterfall(spans, { columns: 59, colour: false })).toEqual([
    "  gateway: root        100 ms  ████████████████████████████",
    "    gateway: first      25 ms  ███████",
    "      gateway: inner   0.4 ms    █",
    "    gateway: second  !  50 ms                ▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
  ]);
});

test("a span whose parent is elsewhere begins a tree of its own", () => {
  expect(names([span("child", { parent: "in-a-browser", start: 1 }), span("other", { start: 2 })])).toEqual([
    "  child",
    "  other",
  ]);
});

test("spans that name each other as parents are shown once each", () => {
  const drawn = names([span("a", { parent: "b" }), span("b", { parent: "a" }), span("self", { parent: "self" })]);
  expect(drawn.map((line) => line.trim()).sort()).toEqual(["a", "b", "self"]);
});

test("what is failed is red where there are colours, and nothing is coloured where there are none", () => {
  const spans = [span("well"), span("ill", { failed: true })];
  const [well, ill] = waterfall(spans, { columns: 80, colour: true });
  expect(well).not.toContain("\u001b");
  expect([ill?.startsWith("\u001b[31m"), ill?.endsWith("\u001b[39m")]).toEqual([true, true]);
});

test("long names are cut, and a narrow terminal has no bars", () => {
  const [line = ""] = waterfall([span("a-very-long-name-of-an-operation")], { columns: 34, colour: false });
  expect(line).toBe("  gateway: a-very-l…   1.0 ms");
});

test("of a very long trace the first rows are drawn and the others counted", () => {
  const chain = Array.from({ length: 20_000 }, (_, at) =>
    span(`s${at}`, at === 0 ? {} : { parent: `s${at - 1}`, start: at }),
  );
  const drawn = waterfall(chain, plain);
  expect(drawn).toHaveLength(201);
  expect(drawn.at(-1)).toBe("  and 19800 more spans");
});

describe("whatever the spans are", () => {
  const anySpan = fc.record({
    id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    parent: fc.option(fc.constantFrom("a", "b", "c", "d", "e", "f", "z"), { nil: undefined }),
    service: fc.constantFrom("gateway", "backend"),
    name: fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
    start: fc.integer({ min: 0, max: 10_000_000 }),
    duration: fc.integer({ min: 0, max: 10_000_000 }),
    failed: fc.boolean(),
    attributes: fc.constant({}),
  });

  test("each has one row, and no row is wider than the terminal", () => {
    fc.assert(
      fc.property(
        fc.array(anySpan, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 40, max: 300 }),
        (spans, columns) => {
          const drawn = waterfall(spans, { columns, colour: false });
          expect(drawn).toHaveLength(spans.length);
          for (const line of drawn) expect(line.length).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

test.each([
  [400, "0.4 ms"],
  [42_100, "42 ms"],
  [1_520_000, "1.52 s"],
  [120_000_000, "120 s"],
])("%i microseconds are %s", (us, text) => {
  expect(microseconds(us)).toBe(text);
});
