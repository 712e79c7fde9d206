import { expect, test } from "vitest";
import { LocalBuckets } from "./local-buckets.ts";

function buckets(seconds: number) {
  const clock = { ms: 1_000 };
  return { clock, local: new LocalBuckets(seconds, () => clock.ms) };
}

test("requests of a key count up until its window ends", () => {
  const { clock, local } = buckets(10);
  expect(local.consume("a")).toEqual({ used: 1, resetMs: 10_000 });
  clock.ms += 4_000;
  expect(local.consume("a")).toEqual({ used: 2, resetMs: 6_000 });
  expect(local.consume("b")).toEqual({ used: 1, resetMs: 10_000 });
  clock.ms += 6_000;
  expect(local.get("a")).toBeUndefined();
  expect(local.consume("a")).toEqual({ used: 1, resetMs: 10_000 });
});

test("a window is counted whole however the generations turn meanwhile", () => {
  const { clock, local } = buckets(10);
  clock.ms += 9_999;
  local.consume("late");
  for (const step of [1, 5_000, 4_997]) {
    clock.ms += step;
    local.consume("other");
  }
  expect(local.get("late")).toEqual({ used: 1, resetMs: 2 });
  expect(local.consume("late").used).toBe(2);
});

test("a reset key begins anew, in whichever generation it is", () => {
  const { clock, local } = buckets(10);
  local.consume("a");
  clock.ms += 9_999;
  local.consume("b");
  clock.ms += 1;
  local.consume("c");
  for (const key of ["b", "c"]) {
    local.delete(key);
    expect(local.consume(key).used).toBe(1);
  }
});

test("a quarter of a million keys take the room of twenty thousand and do not wash out the one that keeps coming", () => {
  const { local } = buckets(3_600);
  let most = 0;
  let used = 0;
  for (let n = 0; n < 250_000; n += 1) {
    local.consume(`key-${n}`);
    if (n % 1_000 === 0) used = local.consume("stays").used;
    most = Math.max(most, local.size);
  }
  expect(most).toBe(20_000);
  expect(used).toBe(250);
});

test("keys that stopped coming are forgotten two windows later", () => {
  const { clock, local } = buckets(10);
  for (let n = 0; n < 5_000; n += 1) local.consume(`key-${n}`);
  clock.ms += 10_000;
  local.consume("a");
  clock.ms += 10_000;
  local.consume("a");
  expect(local.size).toBeLessThan(3);
});
