import fc from "fast-check";
import { expect, test } from "vitest";
import { type TagParts, tagOf } from "./tag.ts";

const file = fc.record({ path: fc.string({ minLength: 1 }), executable: fc.boolean(), digest: fc.string() });
const parts: fc.Arbitrary<TagParts> = fc.record({
  files: fc.uniqueArray(file, { minLength: 1, selector: ({ path }) => path }),
  buildArgs: fc.dictionary(fc.string(), fc.string()),
  labels: fc.dictionary(fc.string(), fc.string()),
});

test("a tag is 12 hex digits, the same for the same inputs in any order", () => {
  fc.assert(
    fc.property(parts, (given) => {
      const tag = tagOf(given);
      expect(tag).toMatch(/^[0-9a-f]{12}$/);
      expect(tagOf({ ...given, files: given.files.toReversed() })).toBe(tag);
    }),
  );
});

test("another name, mode or content of any one file is another tag", () => {
  fc.assert(
    fc.property(parts, fc.nat(), fc.string({ minLength: 1 }), (given, at, more) => {
      const index = at % given.files.length;
      const changed = (change: (one: TagParts["files"][number]) => TagParts["files"][number]) =>
        tagOf({ ...given, files: given.files.map((one, i) => (i === index ? change(one) : one)) });
      const tag = tagOf(given);
      expect(changed((one) => ({ ...one, digest: one.digest + more }))).not.toBe(tag);
      expect(changed((one) => ({ ...one, executable: !one.executable }))).not.toBe(tag);
      expect(changed((one) => ({ ...one, path: one.path + more }))).not.toBe(tag);
      expect(tagOf({ ...given, files: given.files.filter((_, i) => i !== index) })).not.toBe(tag);
    }),
  );
});

test("another base, build argument or label is another tag, and one cannot stand for another", () => {
  fc.assert(
    fc.property(parts, fc.string(), fc.string(), (given, key, value) => {
      fc.pre(!(key in given.buildArgs) && !(key in given.labels));
      const withArg = tagOf({ ...given, buildArgs: { ...given.buildArgs, [key]: value } });
      const withLabel = tagOf({ ...given, labels: { ...given.labels, [key]: value } });
      expect(new Set([tagOf(given), withArg, withLabel]).size).toBe(3);
    }),
  );
});
