import { beforeAll, expect, test } from "vitest";
import { golive, kubectl, prefix, stack, testEnvironment } from "./golive.ts";

beforeAll(async () => {
  const up = await golive(["up", stack]);
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
}, 1_800_000);

test("destroy takes everything of the stack with it and leaves the cluster", async () => {
  const refused = await golive(["destroy", stack]);
  expect(refused.exit).toBe(2);
  expect(refused.stderr).toContain("--yes");
  const gone = await golive(["destroy", stack, "--yes"]);
  expect(gone.exit, `${gone.stdout}\n${gone.stderr}`).toBe(0);
  const left = (await kubectl(["get", "namespaces", "-o", "name"])).stdout;
  expect(left).not.toContain(prefix);
  expect(testEnvironment.GOLIVE_STACK).toBe(stack);
});
