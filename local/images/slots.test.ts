import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

test("never more than the given number at a time, and a failure gives its slot back", async () => {
  const slots = new Slots(2);
  let running = 0;
  let most = 0;
  const work = async (fails: boolean) => {
    most = Math.max(most, ++running);
    await setImmediate();
    running--;
    if (fails) throw new Error("no");
  };
  const ended = await Promise.allSettled([true, false, true, false, false, true].map((f) => slots.use(() => work(f))));
  expect(ended.map(({ status }) => status === "rejected")).toEqual([true, false, true, false, false, true]);
  expect(most).toBe(2);
  await slots.use(() => work(false));
});
