import { expect, test } from "vitest";
import { LoopClock } from "./loop-clock.ts";
import { until } from "./testing/until.ts";

const block = (ms: number) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

test("time in which the loop stood still does not run against a limit", async () => {
  const clock = new LoopClock();
  const started = performance.now();
  let at = 0;
  clock.after(400, () => {
    at = performance.now();
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  block(1_000);
  await until("the end of the time", () => at > 0);
  expect(at - started).toBeGreaterThan(1_250);
});

test("what arrived while the loop stood still is read before the limit acts", async () => {
  const clock = new LoopClock();
  const order: string[] = [];
  clock.after(20, () => order.push("limit"));
  const timer = setTimeout(() => setImmediate(() => order.push("socket")), 1);
  block(60);
  await until("both", () => order.length === 2);
  clearTimeout(timer);
  expect(order).toEqual(["socket", "limit"]);
});

test("what was called off does not happen", async () => {
  const clock = new LoopClock();
  let happened = 0;
  const stop = clock.after(5, () => {
    happened += 1;
  });
  stop();
  stop();
  let later = false;
  clock.after(30, () => {
    later = true;
  });
  await until("a later limit", () => later);
  expect(happened).toBe(0);
});
