import { GoliveError } from "@golive/errors/golive-error.ts";
import { describe, expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";

describe("what `up` refuses before it changes anything", () => {
  const claim = "urn:pulumi:local::golive::kubernetes:core/v1:PersistentVolumeClaim::jaeger";
  const replaced = () => {
    const fake = fakeWorld();
    fake.events = [
      {
        resourcePreEvent: {
          metadata: {
            op: "replace",
            urn: claim,
            type: "kubernetes:core/v1:PersistentVolumeClaim",
            old: { inputs: { spec: { storageClassName: "slow" } } },
            new: { inputs: { spec: { storageClassName: "fast" } } },
          },
        },
      },
      { summaryEvent: { resourceChanges: { replace: 1 } } },
    ];
    return fake;
  };

  test("a volume that would be replaced, with the line that allows it", async () => {
    const fake = replaced();
    const { exit, stderr } = await fake.golive("up");
    expect(exit).toBe(3);
    expect(stderr).toContain("error DATA_AT_RISK");
    expect(stderr).toContain(`replace ${claim}`);
    expect(stderr).toContain(`--allow '${claim}'`);
    expect(fake.calls).not.toContain("up");
  });

  test("and goes on when it is allowed by name", async () => {
    const fake = replaced();
    expect((await fake.golive("up", "--allow", claim)).exit).toBe(0);
    expect(fake.calls.at(-1)).toBe("up");
  });

  test("what breaks a policy, with the resource and the policy", async () => {
    const fake = fakeWorld();
    fake.policies = () => [
      { policy: "nonRoot", resource: "gateway-server-pods", message: "may run as root", severity: "error" },
    ];
    const { exit, stderr } = await fake.golive("up");
    expect(exit).toBe(1);
    expect(stderr).toContain("gateway-server-pods may run as root (nonRoot)");
    expect(fake.calls).not.toContain("up");
  });

  test("what the engine itself cannot plan", async () => {
    const fake = fakeWorld();
    fake.previewFailure = new GoliveError("UPDATE_FAILED", "1 resource failed", "Look at it.");
    expect((await fake.golive("up")).exit).toBe(6);
    expect(fake.calls).not.toContain("up");
  });
});

test("with --refresh the look and the update both see the world; without, neither does", async () => {
  const fake = fakeWorld();
  await fake.golive("up", "--refresh");
  expect(fake.calls.slice(-2)).toEqual(["preview --refresh", "up --refresh"]);
  await fake.golive("up");
  expect(fake.calls.slice(-2)).toEqual(["preview", "up"]);
});

test("a plan is done as it is: no second look, and no --refresh beside it", async () => {
  const fake = fakeWorld();
  await fake.golive("up", "--plan", "/tmp/change.plan");
  expect(fake.calls.slice(-1)).toEqual(["up --plan /tmp/change.plan"]);
  expect(fake.calls).not.toContain("preview");
  expect((await fake.golive("up", "--plan", "/tmp/change.plan", "--refresh")).exit).toBe(2);
});
