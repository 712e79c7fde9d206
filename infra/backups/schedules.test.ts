import { beforeAll, expect, test } from "vitest";
import type { Seen } from "../testing/mocks.ts";
import { runStack, stacks } from "../testing/stacks.ts";

const seen: Seen[] = [];
beforeAll(async () => {
  for (const stack of stacks) seen.push(await runStack(stack));
}, 120_000);

const schedules = () =>
  seen.flatMap((stack) => stack.kind("CronJob").map(({ name, inputs }) => ({ name, spec: inputs.spec })));

test("fault 16: every schedule has a zone of its own, whatever that of the pod or the controller, and one run at a time", () => {
  expect(schedules().length).toBeGreaterThanOrEqual(5 * stacks.length);
  for (const { name, spec } of schedules())
    expect(spec, name).toMatchObject({ timeZone: "Etc/UTC", concurrencyPolicy: "Forbid" });
});

test("fault 17: a controller that was down starts what it missed in the last hour, and never gives up counting", () => {
  for (const { name, spec } of schedules()) {
    // It looks every 10 s: much less than that, and a run would be missed for good.
    expect(spec.startingDeadlineSeconds, name).toBeGreaterThanOrEqual(600);
    // Without a deadline, or with more than 100 slots in it, the controller stops starting the job at all.
    expect(spec.startingDeadlineSeconds / 60, name).toBeLessThan(100);
  }
});
