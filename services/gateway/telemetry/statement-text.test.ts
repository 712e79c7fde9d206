import fc from "fast-check";
import { expect, test } from "vitest";
import { statementText } from "./statement-text.ts";

test.each([
  ["select * from t1 where id = $1 and n = 42", "select * from t1 where id = $1 and n = ?"],
  ["insert into a values ('it''s', -1.5e3)", "insert into a values (?, -?)"],
  ["select E'a\\'b', x'ff', U&'d'", "select ?, ?, ?"],
  ["select $tag$ ' $$ $tag$, $$b$$ from t", "select ?, ? from t"],
  ["select 1 -- password 'x'\n, /* a /* b */ c */ 2", "select ? , ?"],
  ['select "a b", "c""d" from "T"', 'select "a b", "c""d" from "T"'],
  ["select 'never closed", "select ?"],
  ["select a$1b, col2", "select a$1b, col2"],
  ["", ""],
])("%j is exported as %j", (given, expected) => {
  expect(statementText(given)).toBe(expected);
});

test("no literal survives, however it is written and wherever it stands", () => {
  const secret = fc.stringMatching(/^[A-Z]{6,12}$/).map((word) => `zq${word}`);
  const piece = fc.constantFrom(
    "select a from b where c = ",
    '"Name", ',
    "$1 ",
    "( ",
    "col1 ",
    "-- note\n",
    "/* x */ ",
  );
  const literal = fc.constantFrom(
    (s: string) => `'${s}'`,
    (s: string) => `'it''s ${s}'`,
    (s: string) => `E'a\\'${s}'`,
    (s: string) => `$$${s}$$`,
    (s: string) => `$q$ ' ${s} $q$`,
    (s: string) => `/* ${s} /* ${s} */ ${s} */`,
    (s: string) => `-- ${s}\n`,
    (s: string) => `'/* ${s}'`,
  );
  fc.assert(
    fc.property(secret, fc.array(piece), literal, fc.array(piece), (word, before, write, after) => {
      const shown = statementText(`${before.join("")} ${write(word)} ${after.join("")}`);
      expect(shown).not.toContain(word);
    }),
    { numRuns: 1_000 },
  );
});

test("it ends, and soon, for every text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => statementText(text).length <= 4_096));
  expect(statementText(`select ${"'a',".repeat(100_000)}`).length).toBeLessThanOrEqual(4_096);
});
