import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveSecret } from "./derive-secret.ts";

const seed = "0123456789abcdef0123456789abcdef";

test("a purpose always gets the same secret, so a second run changes nothing", () => {
  expect(deriveSecret(seed, "postgres/app")).toBe(deriveSecret(seed, "postgres/app"));
  expect(deriveSecret(seed, "postgres/app")).toBe("f0mZu-StzAloqpBT0vK6qRhlbBINRR7I");
});

test("two purposes or two seeds never share a secret, and none needs quoting", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 32 }),
      (a, b, other) => {
        fc.pre(a !== b && other !== seed && a.isWellFormed() && b.isWellFormed() && other.isWellFormed());
        expect(deriveSecret(seed, a)).not.toBe(deriveSecret(seed, b));
        expect(deriveSecret(seed, a)).not.toBe(deriveSecret(other, a));
        expect(deriveSecret(seed, a)).toMatch(/^[A-Za-z0-9_-]{32}$/);
      },
    ),
  );
});

test("a short seed or an empty purpose is refused", () => {
  expect(() => deriveSecret("short", "x")).toThrow("seed has 5 characters, needs 32");
  expect(() => deriveSecret(seed, "")).toThrow("purpose of a derived secret is empty");
});
