import fc from "fast-check";
import { expect, test } from "vitest";
import { lsnOf } from "./wal-position.ts";

test("positions are numbers in their order, whatever their digits", () => {
  const lsn = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const text = (n: bigint) => `${(n >> 32n).toString(16)}/${(n & 0xffffffffn).toString(16)}`.toUpperCase();
  fc.assert(fc.property(lsn, (n) => lsnOf(text(n)) === n));
  expect(() => lsnOf("0/7' or")).toThrow("no position");
});
