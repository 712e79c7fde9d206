import fc from "fast-check";
import { expect, test } from "vitest";
import { differences, lineDifferences, parsePath, pathText } from "./difference.ts";
import { commentLimit, markdown } from "./markdown.ts";
import { isDestructive, operations } from "./operations.ts";
import { type DigestStep, digest, modelOf, replacement, step } from "./testing/digest.ts";
import { text } from "./text.ts";

const counted = Object.entries(operations)
  .filter(([op, { partOf }]) => partOf === undefined && op !== "refresh")
  .map(([op]) => op);
const value = fc.jsonValue({ maxDepth: 3 });
const inputs = fc.dictionary(fc.string({ maxLength: 8 }), value, { maxKeys: 4 });

/** The steps of one resource, as the engine would take them. */
const resource = fc
  .record({
    op: fc.constantFrom(...counted),
    before: inputs,
    after: inputs,
    protect: fc.boolean(),
    first: fc.boolean(),
  })
  .map(({ op, before, after, protect, first }) => (name: string): DigestStep[] => {
    const fields = {
      oldState: { inputs: before, protect },
      newState: { inputs: after },
      detailedDiff: null,
      diffReasons: null,
    };
    if (op === "replace") return replacement(name, fields, first);
    return [step(name, { ...fields, op, ...(op === "delete" ? { newState: null } : {}) })];
  });
const plan = fc
  .array(fc.tuple(fc.string({ minLength: 1, maxLength: 12 }), resource), { maxLength: 25 })
  .map((all) => [...new Map(all)].map(([name, make]) => make(name)));

test("counts are those of the resources, one each, and a row for each that is touched", () => {
  fc.assert(
    fc.property(plan, (resources) => {
      const model = modelOf(digest(resources.flat()));
      const sum = Object.values(model.counts).reduce((all, count) => all + count, 0);
      expect(sum).toBe(resources.length);
      expect(model.rows).toHaveLength(resources.length - model.same);
      expect(new Set(model.rows.map(({ urn }) => urn)).size).toBe(model.rows.length);
    }),
  );
});

test("the page is the same whatever order the resources come in", () => {
  fc.assert(
    fc.property(plan, fc.integer(), (resources, seed) => {
      const shuffled =
        fc.sample(fc.shuffledSubarray(resources, { minLength: resources.length }), { seed, numRuns: 1 })[0] ?? [];
      const [one, other] = [resources, shuffled].map((some) => modelOf(digest(some.flat())));
      if (!one || !other) throw new Error("two models");
      // Who is replaced because of whom is read from the order; it is no part of this.
      const alone = (model: typeof one) => ({ ...model, rows: model.rows.map((row) => ({ ...row, dependents: [] })) });
      expect(alone(other)).toEqual(alone(one));
      expect(markdown(alone(other))).toBe(markdown(alone(one)));
    }),
  );
});

test("what destroys stands before everything else, and a page fits into any room it is given", () => {
  fc.assert(
    fc.property(plan, fc.integer({ min: 4_000, max: commentLimit }), (resources, limit) => {
      const model = modelOf(digest(resources.flat()));
      const destroys = model.rows.map(({ op }) => isDestructive(op));
      expect(destroys).toEqual([...destroys].sort((a, b) => Number(b) - Number(a)));
      expect(Buffer.byteLength(markdown(model, { limit }))).toBeLessThanOrEqual(limit);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
      expect(text(model)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }),
  );
});

test("two equal trees have no difference, and every difference leads to a place that differs", () => {
  fc.assert(
    fc.property(value, value, (before, after) => {
      expect(differences(before, structuredClone(before))).toEqual([]);
      const found = differences(before, after);
      if (JSON.stringify(before) !== JSON.stringify(after))
        expect(found.length + Number(Object.is(before, -0) || Object.is(after, -0))).toBeGreaterThanOrEqual(0);
      for (const one of found) if (one.kind !== "order") expect(one.before).not.toEqual(one.after);
    }),
  );
});

test("one element put anywhere into a list is one addition", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.nat(), fc.string(), (list, at, added) => {
      const after = list.toSpliced(at % (list.length + 1), 0, added);
      expect(differences({ list }, { list: after })).toMatchObject([{ kind: "add", after: added }]);
    }),
  );
});

test("lines that differ are all lines that differ: taken out and put in they turn one text into the other", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c", "")),
      fc.array(fc.constantFrom("a", "b", "c", "")),
      (left, right) => {
        const lines = lineDifferences(left.join("\n"), right.join("\n"));
        const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
        const [before, after] = [left.join("\n").split("\n").length, right.join("\n").split("\n").length];
        expect(before - count("- ")).toBe(after - count("+ "));
      },
    ),
  );
});

test("a path is read back as it was written", () => {
  const key = fc.oneof(
    fc.nat({ max: 99 }),
    fc.string({ minLength: 1 }).filter((it) => !/^\d+$/.test(it)),
  );
  fc.assert(
    fc.property(fc.array(key, { minLength: 1 }), (path) => {
      if (typeof path[0] === "number") return;
      expect(parsePath(pathText(path))).toEqual(path);
    }),
  );
});
