import { expect, test } from "vitest";
import { runningTasks } from "./containers.ts";

test("only tasks that run count", () => {
  const listing =
    "TASK    PID      STATUS    \nabc1    4711     RUNNING\ndef2    4712     STOPPED\nfff3    4713     RUNNING\n";
  expect(runningTasks(listing)).toEqual(["abc1", "fff3"]);
  expect(runningTasks("TASK    PID      STATUS    \n")).toEqual([]);
});
