import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { type IssueStatus, issueOf } from "./item.ts";
import { event, issueRule, noon } from "./testing/items.ts";

const error = { level: { match: "gte", level: 40 } } as const;
const known = (status: IssueStatus) => new Map([[issueOf(event({})), status]]);

describe("a rule for new issues", () => {
  const rule = issueRule({ on: "new", conditions: [error] });

  test("fires once for each issue that nobody has seen", () => {
    const items = [event({}), event({ timeMs: noon + 1 }), event({ group: "other" }), event({ project: "frontend" })];
    expect(evaluate(rule, { items })).toMatchObject({ fires: true, level: "critical", value: 3, threshold: 0 });
  });

  test("fires for none that is known, resolved or not", () => {
    for (const status of ["unresolved", "resolved"] as const) {
      expect(evaluate(rule, { items: [event({})], issues: known(status) })).toMatchObject({
        fires: false,
        because: "every event was of an issue that is known",
      });
    }
  });

  test("fires for none below the level, nor later when the same issue grows worse", () => {
    const items = [event({ level: 30 }), event({ level: 50, timeMs: noon + 1 })];
    expect(evaluate(rule, { items })).toMatchObject({ fires: false, because: "no event met level >= 40" });
  });

  test("goes by the time of events, not by their order", () => {
    const items = [event({ level: 50, timeMs: noon + 1 }), event({ level: 30 })];
    expect(evaluate(rule, { items }).fires).toBe(false);
  });

  test("is a warning where its severity is a ticket", () => {
    expect(evaluate(issueRule({}, "ticket"), { items: [event({})] })).toMatchObject({ level: "warning" });
  });

  test("looks at its projects alone", () => {
    const backend = issueRule({ projects: ["backend"] });
    expect(evaluate(backend, { items: [event({ project: "frontend" })] })).toMatchObject({
      fires: false,
      because: "no event arrived",
    });
  });
});

describe("a rule for regressions", () => {
  const rule = issueRule({ on: "regression" });

  test("fires for the first event of a resolved issue, and not for those behind it", () => {
    const items = [event({}), event({ timeMs: noon + 1 })];
    expect(evaluate(rule, { items, issues: known("resolved") })).toMatchObject({ fires: true, value: 1 });
  });

  test("is silent for new and for open issues", () => {
    expect(evaluate(rule, { items: [event({})] }).fires).toBe(false);
    expect(evaluate(rule, { items: [event({})], issues: known("unresolved") })).toMatchObject({
      fires: false,
      because: "no event was of a resolved issue",
    });
    const other = [event({ project: "frontend" })];
    expect(evaluate(rule, { items: other, issues: known("resolved") }).fires).toBe(false);
  });
});

describe("a rule for every event", () => {
  const csrf = { tag: { key: "security_event", match: "eq", value: "csrf-refused" } } as const;
  const often = { frequency: { interval: "5m", value: 5 } } as const;
  const rule = issueRule({ on: "every-event", conditions: [csrf, often] });
  const forged = (count: number, changes: Parameters<typeof event>[0] = {}) =>
    Array.from({ length: count }, (_, at) =>
      event({ level: 30, timeMs: noon + at, fields: { security_event: "csrf-refused" }, ...changes }),
    );

  test("with a frequency fires with the first event beyond it", () => {
    expect(evaluate(rule, { items: forged(5) })).toMatchObject({
      fires: false,
      value: 5,
      threshold: 5,
      because: "no event met more than 5 events of its issue in 5m",
    });
    expect(evaluate(rule, { items: forged(6) })).toMatchObject({ fires: true, value: 6, threshold: 5 });
  });

  test("counts each issue for itself, and only within the interval", () => {
    const spread = forged(12).map((item, at) => ({ ...item, group: `issue ${at % 3}` }));
    expect(evaluate(rule, { items: spread })).toMatchObject({ fires: false, value: 4 });
    const slow = forged(12).map((item, at) => ({ ...item, timeMs: noon + at * 61_000 }));
    expect(evaluate(rule, { items: slow })).toMatchObject({ fires: false, value: 5 });
  });

  test("needs the tag's very value", () => {
    const items = forged(10, { fields: { security_event: "forbidden" } });
    expect(evaluate(rule, { items })).toMatchObject({
      fires: false,
      value: 0,
      because: "no event met security_event:csrf-refused",
    });
  });

  test("fires for issues that are known", () => {
    const plain = issueRule({ on: "every-event", conditions: [error] });
    expect(evaluate(plain, { items: [event({})], issues: known("unresolved") })).toMatchObject({
      fires: true,
      value: 1,
    });
  });
});

test("whatever happens, an issue is new once at most, and comes back once at most after it was resolved", () => {
  const groups = ["a", "b", "c"] as const;
  const happening = fc.record({
    group: fc.constantFrom(...groups),
    timeMs: fc.integer({ min: noon, max: noon + 999 }),
  });
  const resolved = fc.subarray([...groups]);
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), resolved, (happenings, before) => {
      const items = happenings.map((facts) => event(facts));
      const issues = new Map(before.map((group) => [issueOf(event({ group })), "resolved" as const]));
      const seen = new Set(happenings.map(({ group }) => group));
      const told = (on: "new" | "regression") => evaluate(issueRule({ on }), { items, issues }).matched.length;
      expect(told("new")).toBe([...seen].filter((group) => !before.includes(group)).length);
      expect(told("regression")).toBe([...seen].filter((group) => before.includes(group)).length);
    }),
  );
});
