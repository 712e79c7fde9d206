import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import type { Item } from "./item.ts";
import { QueryError } from "./query.ts";
import { event, metricRule, noon, session, span, spanRule } from "./testing/items.ts";

const failures = (count: number, changes: Parameters<typeof event>[0] = {}): Item[] =>
  Array.from({ length: count }, () => event({ fields: { subsystem: "auth" }, ...changes }));

describe("a count of events", () => {
  test.each([
    [0, "none", 5],
    [5, "none", 5],
    [6, "warning", 5],
    [10, "warning", 5],
    [11, "critical", 10],
  ])("of %i is %s", (count, level, threshold) => {
    const items = failures(count);
    expect(evaluate(metricRule(), { items })).toEqual({
      fires: level !== "none",
      level,
      value: count,
      threshold,
      matched: items,
      because: expect.stringContaining(`count() was ${count} within 300 s`),
    });
  });

  test("does not count what lies outside of the window, in another project, environment or type", () => {
    const silent = [
      ...failures(20, { timeMs: noon - 300_000 }),
      ...failures(20, { timeMs: noon + 1 }),
      ...failures(20, { project: "frontend" }),
      ...failures(20, { environment: "staging" }),
      ...failures(20, { fields: { subsystem: "cache" } }),
      span({ fields: { subsystem: "auth" } }),
      ...failures(5, { timeMs: noon - 299_999 }),
    ];
    const at = { atMs: noon, environment: "production" };
    expect(evaluate(metricRule(), { items: silent }, at)).toMatchObject({ fires: false, value: 5 });
    const onlyErrors = metricRule({ eventTypes: ["error"] });
    expect(evaluate(onlyErrors, { items: failures(20, { type: "default" }) })).toMatchObject({ value: 0 });
  });

  test("asks at the latest item, so a drill's last burst is what counts", () => {
    const items = [...failures(8, { timeMs: noon - 3_600_000 }), ...failures(8)];
    expect(evaluate(metricRule(), { items })).toMatchObject({ level: "warning", value: 8 });
  });

  test("never falls when more is observed, whatever is observed", () => {
    const items = fc.array(
      fc.record({
        timeMs: fc.integer({ min: noon - 600_000, max: noon }),
        subsystem: fc.constantFrom("auth", "cache"),
      }),
      { maxLength: 40 },
    );
    const build = (given: { timeMs: number; subsystem: string }[]) =>
      given.map(({ timeMs, subsystem }) => event({ timeMs, fields: { subsystem } }));
    fc.assert(
      fc.property(items, items, (some, more) => {
        const value = (given: Item[]) => evaluate(metricRule(), { items: given }, { atMs: noon }).value ?? 0;
        expect(value(build([...some, ...more]))).toBeGreaterThanOrEqual(value(build(some)));
        expect(value(build(some.toReversed()))).toBe(value(build(some)));
      }),
    );
  });
});

describe("a share of failures", () => {
  const rule = spanRule({ aggregate: "failure_rate()", critical: 0.05, warning: 0.02 });
  const requests = (all: number, failed: number): Item[] =>
    Array.from({ length: all }, (_, at) => span({ failed: at < failed, fields: { is_transaction: true } }));

  test.each([
    [100, 2, "none"],
    [100, 3, "warning"],
    [100, 5, "warning"],
    [100, 6, "critical"],
  ])("of %i requests with %i failed is %s", (all, failed, level) => {
    expect(evaluate(rule, { items: requests(all, failed) })).toMatchObject({ level, value: failed / all });
  });

  test("is not moved by spans inside of requests, and is silent without any", () => {
    const inner = Array.from({ length: 50 }, () => span({ failed: true, fields: { is_transaction: false } }));
    expect(evaluate(rule, { items: [...requests(100, 1), ...inner] })).toMatchObject({ fires: false, value: 0.01 });
    expect(evaluate(rule, { items: inner })).toMatchObject({
      fires: false,
      value: undefined,
      because: "failure_rate() had nothing to measure within 300 s",
    });
  });
});

describe("a percentile", () => {
  const rule = spanRule({ aggregate: "p95(span.duration)", critical: 1500, warning: 800 });
  const lasting = (...durations: number[]) =>
    durations.map((ms) => span({ fields: { is_transaction: true, "span.duration": ms } }));

  test("is that of the field in ms, between its two nearest ranks", () => {
    const items = lasting(...Array.from({ length: 19 }, () => 100), 2000);
    expect(evaluate(rule, { items }).value).toBeCloseTo(195);
    expect(evaluate(rule, { items: lasting(100, 1600, 1600) })).toMatchObject({ level: "critical", value: 1600 });
    expect(evaluate(rule, { items: [span({ fields: { is_transaction: true } })] }).value).toBeUndefined();
  });

  test("lies among its values and grows with its share", () => {
    const durations = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(durations, (given) => {
        const at = (share: string) =>
          evaluate(spanRule({ aggregate: `${share}(span.duration)` }), { items: lasting(...given) }).value ??
          Number.NaN;
        const [p50, p75, p95] = [at("p50"), at("p75"), at("p95")];
        expect(Math.min(...given)).toBeLessThanOrEqual(p50);
        expect(p50).toBeLessThanOrEqual(p75);
        expect(p75).toBeLessThanOrEqual(p95);
        expect(p95).toBeLessThanOrEqual(Math.max(...given));
      }),
    );
  });
});

describe("crash-free sessions", () => {
  const rule = metricRule({
    project: "frontend",
    dataset: "metrics",
    queryType: "crash_rate",
    eventTypes: [],
    aggregate: "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
    query: "",
    direction: "below",
    critical: 97,
    warning: 99,
  });

  test.each([
    [0, "none", 100],
    [1, "none", 99],
    [2, "warning", 98],
    [3, "warning", 97],
    [4, "critical", 96],
  ])("with %i of a hundred crashed is %s", (crashed, level, value) => {
    const items = [session({ count: 100 - crashed }), session({ count: crashed, crashed: true })];
    expect(evaluate(rule, { items })).toMatchObject({ level, value: expect.closeTo(value) });
  });

  test("without a session is silent, although nothing is below every bound", () => {
    expect(evaluate(rule, { items: [] })).toMatchObject({ fires: false, value: undefined });
  });
});

test.each(["count(user)", "avg(span.duration)", "p95()", "percentage(a, b)", "epm()", "count() > 5"])(
  "the aggregate %s is refused by its name",
  (aggregate) => {
    expect(() => evaluate(metricRule({ aggregate }), { items: [] })).toThrow(QueryError);
    expect(() => evaluate(metricRule({ aggregate }), { items: [] })).toThrow(JSON.stringify(aggregate));
  },
);
