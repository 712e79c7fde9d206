import { beforeAll, expect, test } from "vitest";
import { opened, type Seen } from "../testing/mocks.ts";
import { runStack } from "../testing/stacks.ts";

let local: Seen;
beforeAll(async () => {
  local = await runStack("local");
});

const stringData = (name: string) =>
  opened(local.one("Secret", name).inputs.stringData) as Readonly<Record<string, string>>;
const rootSecret = () => stringData("object-store-access")["secret-access-key"];

test("the store and the jobs agree on the key of each account", () => {
  const made = stringData("object-store-accounts");
  for (const [job, account] of [
    ["writer", "writer"],
    ["restorer", "writer"],
    ["reader", "reader"],
    ["pruner", "pruner"],
  ] as const)
    expect(stringData(`backup-store-${job}`)).toEqual({
      "access-key-id": made[`${account}-key-id`],
      "secret-access-key": made[`${account}-secret`],
    });
});

test("no two accounts share an id or a secret, and root's secret leaves its namespace nowhere", () => {
  const made = Object.values(stringData("object-store-accounts"));
  expect(made).toHaveLength(8);
  expect(new Set([...made, rootSecret()]).size).toBe(9);
  const elsewhere = local
    .kind("Secret")
    .filter(({ inputs }) => inputs.metadata.namespace !== "golive-storage")
    .map(({ inputs }) => opened(inputs));
  expect(JSON.stringify(elsewhere)).not.toContain(rootSecret());
});

test("the server keeps its accounts on its volume, in a folder that is there before it starts", () => {
  const [container] = local.one("Deployment", "object-store").inputs.spec.template.spec.containers;
  expect(container.args).toContain("--iam-dir=/data/iam");
  expect(container.args.indexOf("--iam-dir=/data/iam")).toBeLessThan(container.args.indexOf("posix"));
  expect(container.volumeMounts).toContainEqual(
    expect.objectContaining({ mountPath: "/data/iam", subPath: "iam", readOnly: false }),
  );
});

test("the job that makes the bucket is named after what it does, a new seed included", async () => {
  const [job] = local.kind("Job");
  expect(job?.inputs.metadata.name).toMatch(/^bucket-[0-9a-f]{10}$/);
  const [{ args, env }] = job?.inputs.spec.template.spec.containers ?? [{}];
  expect(args).toEqual(["bucket", "ensure"]);
  expect(env).toContainEqual({ name: "BACKUP_LOCK_DAYS", value: "30" });
  expect(env).toContainEqual({ name: "BACKUP_PRUNER_SECRET_FILE", value: "/run/secrets/accounts/pruner-secret" });
  const other = await runStack("local", { secrets: { "golive:seed": "another-seed-0123456789-0123456789" } });
  expect(other.kind("Job")[0]?.inputs.metadata.name).not.toBe(job?.inputs.metadata.name);
});
