import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matches, parseQuery, QueryError } from "./query.ts";
import { event, span } from "./testing/items.ts";

describe("a query", () => {
  test("is terms that must all hold, with quoted words where a value has blanks", () => {
    expect(parseQuery('is:unresolved  subsystem:auth message:"token expired" ')).toEqual([
      { key: "is", value: "unresolved" },
      { key: "subsystem", value: "auth" },
      { key: "message", value: "token expired" },
    ]);
    expect(parseQuery("")).toEqual([]);
  });

  test("of any keys and values is read as it was written", () => {
    const key = fc
      .stringMatching(/^[a-z][a-z0-9_.-]{0,15}$/)
      .filter((name) => !["is", "has", "release"].includes(name));
    const value = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_./:-]{1,20}$/), fc.stringMatching(/^[a-z0-9 *()<>!]{0,20}$/));
    fc.assert(
      fc.property(fc.array(fc.record({ key, value }), { maxLength: 6 }), (terms) => {
        const written = terms.map((term) =>
          /^[\w./:-]+$/.test(term.value) ? `${term.key}:${term.value}` : `${term.key}:"${term.value}"`,
        );
        expect(parseQuery(written.join(" "))).toEqual(terms);
      }),
    );
  });

  test.each([
    "!subsystem:auth",
    "subsystem:a*",
    "span.duration:>500",
    "subsystem:[auth,cache]",
    "(subsystem:auth",
    "OR",
    "timeout",
    "has:user",
    "is:archived",
    "release:latest",
    "subsystem:",
    'message:"half',
  ])("with %s in it is refused, and the term is named", (term) => {
    expect(() => parseQuery(`is:unresolved ${term}`)).toThrow(QueryError);
    expect(() => parseQuery(`is:unresolved ${term}`)).toThrow(JSON.stringify(term));
  });
});

describe("a term", () => {
  const holds = (query: string, item: Parameters<typeof matches>[1]) =>
    parseQuery(query).every((term) => matches(term, item));

  test("holds for a tag of this very value, and for no other", () => {
    const failure = event({ fields: { subsystem: "auth" } });
    expect(holds("subsystem:auth", failure)).toBe(true);
    expect(holds("subsystem:aut", failure)).toBe(false);
    expect(holds("subsystem:Auth", failure)).toBe(false);
    expect(holds("security_event:auth", failure)).toBe(false);
    expect(holds("constructor:auth", failure)).toBe(false);
  });

  test("holds for switches and the environment", () => {
    const request = span({ environment: "staging", fields: { is_transaction: true, "span.op": "http.server" } });
    expect(holds("is_transaction:true span.op:http.server environment:staging", request)).toBe(true);
    expect(holds("is_transaction:false", request)).toBe(false);
    expect(holds("environment:production", request)).toBe(false);
  });

  test("of an issue's state holds for events alone", () => {
    expect(holds("is:unresolved", event({}))).toBe(true);
    expect(holds("is:unresolved", span({}))).toBe(false);
  });
});
