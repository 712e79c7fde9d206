import fc from "fast-check";
import { expect, test } from "vitest";
import { EventLimit } from "./event-limit.ts";

test("a loud error leaves room for a rare one, and the next minute begins anew", () => {
  let now = 0;
  const limit = new EventLimit(60, () => now);
  const passed = (group: string, count: number) =>
    Array.from({ length: count }, () => limit.allows(group)).filter(Boolean).length;
  expect(passed("loud", 500)).toBe(10);
  expect(passed("rare", 1)).toBe(1);
  now = 59_999;
  expect(passed("loud", 10)).toBe(0);
  now = 60_000;
  expect(passed("loud", 500)).toBe(10);
});

test("in no minute's window more pass than are allowed, however many different errors there are", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(2_000), { maxLength: 300 }), (perMinute, groups) => {
      const limit = new EventLimit(perMinute, () => 0);
      const passed = groups.filter((group) => limit.allows(String(group))).length;
      expect(passed).toBeLessThanOrEqual(perMinute);
      if (new Set(groups).size >= perMinute) expect(passed).toBe(perMinute);
    }),
  );
});
