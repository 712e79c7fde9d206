import fc from "fast-check";
import { expect, test } from "vitest";
import { redactText } from "./redact-text.ts";
import { hidden, secretWord } from "./testing/secrets.ts";

test.each([
  ["password=hunter2 please", "password=REDACTED please"],
  ['{"apiKey": "a b c", "id": 7}', '{"apiKey": REDACTED, "id": 7}'],
  ["Authorization: Bearer abc.def", "Authorization: REDACTED"],
  ["sent bearer abcdef123 to it", "sent bearer REDACTED to it"],
  ["Cookie: a=1; session=2\nHost: x", "Cookie: REDACTED\nHost: x"],
  ["ask bob.smith+x@mail.example.com, to=a@b.de", "ask REDACTED, to=REDACTED"],
  ["card 4111 1111 1111 1111 refused", "card REDACTED refused"],
  ["at https://bot:pw@git.example/r?token=1 now", "at https://bot:REDACTED@git.example/r?token=REDACTED now"],
  ["key AKIAIOSFODNN7EXAMPLE", "key REDACTED"],
])("%j becomes %j", (given, expected) => {
  expect(redactText(given)).toBe(expected);
});

test.each([
  "connect ECONNREFUSED 127.0.0.1:5432",
  "duplicate key value violates unique constraint",
  "Cannot read properties of undefined (reading 'id')",
  "trace 4bf92f3577b34da6a3ce929d0e0e4736 took 1234567890123 ns",
  "    at Object.<anonymous> (/app/node_modules/@scope/pkg@1.2.3/index.js:10:5)",
  "order 4111111111111112 is late",
  "the token is expired",
  "2026-11-28T04:16:57.000Z",
])("%s stays as it is", (text) => {
  expect(redactText(text)).toBe(text);
});

test("no secret survives in any of its disguises, whatever surrounds it", () => {
  const around = fc.string({ unit: fc.constantFrom(..." abc:.,()\n"), maxLength: 20 });
  fc.assert(
    fc.property(secretWord, fc.constantFrom(...hidden), around, around, (secret, { hide }, before, after) => {
      expect(redactText(`${before} ${hide(secret)} ${after}`)).not.toContain(secret);
    }),
    { numRuns: 2_000 },
  );
});

test("what was redacted once stays as it is", () => {
  fc.assert(
    fc.property(secretWord, fc.constantFrom(...hidden), (secret, { hide }) => {
      const once = redactText(hide(secret));
      expect(redactText(once)).toBe(once);
    }),
  );
});

test("hostile text takes no longer than its length deserves", () => {
  const hostile = [
    "a@".repeat(50_000),
    `${"a".repeat(100_000)}@`,
    `eyJ${"a".repeat(100_000)}`,
    `password=${"\\".repeat(100_000)}`,
    "1 ".repeat(50_000),
    "cookie".repeat(20_000),
    `-----BEGIN ${"A ".repeat(50_000)}`,
    "?token=".repeat(20_000),
    `//${"a:".repeat(50_000)}`,
  ];
  const began = performance.now();
  for (const text of hostile) redactText(text);
  expect(performance.now() - began).toBeLessThan(2_000);
});
