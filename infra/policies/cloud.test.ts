import { describe, expect, test } from "vitest";
import { runStack } from "../testing/stacks.ts";
import { findings } from "./check.ts";
import type { PlannedResource } from "./resource.ts";
import { type Damage, damaged, facts, plan } from "./testing/plans.ts";

describe("each policy about AWS finds what it is for", async () => {
  const good = plan(await runStack("production"));
  const bucket = good.find(({ type }) => type === "aws:s3/bucket:Bucket")?.name ?? "none";
  const lockedBucket =
    good.find(({ type, inputs }) => type === "aws:s3/bucket:Bucket" && inputs.objectLockEnabled === true)?.name ??
    "none";
  const without = (name: string) => good.filter((resource) => resource.name !== name);
  const broken = (name: string, damage: Damage) => damaged(good, name, damage);
  const role = good.find(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")?.name ?? "none";
  const policiesOf = (resources: readonly PlannedResource[]) =>
    findings(resources, facts(true)).map(({ policy, resource }) => `${policy} ${resource}`);

  test.each(["private", "versions", "policy", "encryption", "lifecycle"])("a bucket without its %s", (guard) => {
    expect(policiesOf(without(`${bucket}-${guard}`))).toContain(`bucketsAreGuarded ${bucket}`);
  });

  test.each([
    [
      "bucketsAreShut",
      `${bucket}-private`,
      (inputs: { blockPublicAcls: boolean }) => Object.assign(inputs, { blockPublicAcls: false }),
    ],
    [
      "bucketsKeepVersions",
      `${bucket}-versions`,
      (inputs: object) => Object.assign(inputs, { versioningConfiguration: { status: "Suspended" } }),
    ],
    ["bucketsHaveTheirKey", `${bucket}-encryption`, (inputs: object) => Object.assign(inputs, { rules: [] })],
    [
      "iamIsNarrow",
      role,
      (inputs: object) =>
        Object.assign(inputs, {
          policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::x" }] }),
        }),
    ],
    [
      "iamIsNarrow",
      role,
      (inputs: object) =>
        Object.assign(inputs, {
          policy: JSON.stringify({ Statement: { Effect: "Allow", Action: ["s3:GetObject"], Resource: "*" } }),
        }),
    ],
  ])("%s: %s", (policy, name, damage) => {
    expect(policiesOf(broken(name, damage))).toContain(`${policy} ${name}`);
  });

  test("a lock without a time locks nothing", () => {
    expect(policiesOf(without(`${lockedBucket}-lock`))).toContain(`backupsAreLocked ${lockedBucket}`);
  });
});
