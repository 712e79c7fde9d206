import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor, page } from "./paging.ts";
import { Problem } from "./problems.ts";

test("a cursor gives back its id", () => {
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      expect(decodeCursor(encodeCursor(id))).toBe(id);
    }),
  );
});

test("any other text is refused as a bad parameter", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^[A-Za-z0-9_-]{22}$/.test(text));
      expect(() => decodeCursor(text)).toThrow(Problem);
    }),
  );
});

test("a page has a next one only when a row more than its limit was found", () => {
  const ids = ["00000000-0000-7000-8000-000000000002", "00000000-0000-7000-8000-000000000001"];
  const rows = ids.map((id) => ({ id }));
  expect(page(rows, 2)).toEqual({ items: rows, nextCursor: null });
  expect(page(rows, 1)).toEqual({ items: rows.slice(0, 1), nextCursor: encodeCursor(ids[0] ?? "") });
  expect(page([], 1)).toEqual({ items: [], nextCursor: null });
});
