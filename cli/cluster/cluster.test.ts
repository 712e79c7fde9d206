import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";

test("the cluster is that of the stack, --name goes before it", async () => {
  const fake = fakeWorld();
  await fake.golive("cluster", "stop");
  fake.env["GOLIVE_STACK"] = "e2e";
  await fake.golive("cluster", "stop");
  await fake.golive("cluster", "stop", "--name", "golive-two");
  expect(fake.calls).toEqual(["stop golive", "stop golive-test", "stop golive-two"]);
});

test("start brings tools and cluster, and says where it is", async () => {
  const fake = fakeWorld();
  const { exit, stdout } = await fake.golive("cluster", "start");
  expect(fake.calls).toEqual(["tools kubernetes local-path-provisioner kube-router coredns", "start golive"]);
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: "cluster golive runs at https://172.30.0.2:6443\nnext: golive kubectl get pods -A\n",
  });
});

test("status names what is down, with exit 8", async () => {
  const fake = fakeWorld();
  expect((await fake.golive("cluster", "status")).exit).toBe(0);
  fake.down = ["etcd"];
  const { exit, stdout } = await fake.golive("cluster", "status");
  expect(stdout).toMatch(/^cluster golive: running, for 1 h 01 m\n {2}DOWN {2}etcd +backing off {2}pid 7$/m);
  expect(exit).toBe(8);
});

test.each([
  [["cluster", "delete"], "delete golive"],
  [["destroy"], "destroy"],
])("%j asks on a terminal, takes no for an answer, and without one needs --yes", async (argv, call) => {
  const fake = fakeWorld();
  await fake.golive("up");
  const silent = await fake.golive(...argv);
  expect(silent).toMatchObject({ exit: 2, stderr: expect.stringContaining("there is no terminal to ask on") });
  fake.stdinIsTTY = true;
  fake.answer = false;
  expect(await fake.golive(...argv)).toMatchObject({ exit: 2, stderr: expect.stringContaining("the answer was no") });
  expect(fake.calls).not.toContain(call);
  fake.answer = true;
  expect((await fake.golive(...argv)).exit).toBe(0);
  fake.stdinIsTTY = false;
  expect((await fake.golive(...argv, "--yes")).exit).toBe(0);
  expect(fake.calls.filter((it) => it === call)).toHaveLength(2);
});

test("deleting the cluster ends the state of the stacks in it, keeps their passphrase, and leaves other stacks alone", async () => {
  const fake = fakeWorld();
  await fake.golive("up");
  await fake.golive("up", "e2e");
  const stacks = join(fake.world.places.state, "stacks");
  mkdirSync(join(stacks, "never-up"));
  await fake.golive("cluster", "delete", "--yes");
  expect(existsSync(join(stacks, "local/state"))).toBe(false);
  expect(existsSync(join(stacks, "local/passphrase"))).toBe(true);
  expect(existsSync(join(stacks, "e2e/state"))).toBe(true);
});

test("destroy without a cluster says that there is nothing", async () => {
  const { exit, stderr } = await fakeWorld().golive("destroy", "--yes");
  expect(stderr).toContain('there is no cluster "golive", so nothing of stack "local" either');
  expect(exit).toBe(5);
});

test("destroy removes what the state says and counts it", async () => {
  const fake = fakeWorld();
  await fake.golive("up");
  expect((await fake.golive("destroy", "--yes")).stdout).toBe("stack local: 41 resources removed\n");
});

test("preview lists what would change and changes nothing", async () => {
  const fake = fakeWorld();
  const urn = "urn:pulumi:local::golive::kubernetes:apps/v1:Deployment::gateway";
  const sides = { old: { inputs: { spec: { replicas: 2 } } }, new: { inputs: { spec: { replicas: 3 } } } };
  fake.events = [
    { resourcePreEvent: { metadata: { op: "update", urn, ...sides } } },
    { summaryEvent: { resourceChanges: { update: 1 } } },
  ];
  const { stdout } = await fake.golive("preview");
  expect(stdout).toContain("spec.replicas: 2 → 3");
  expect(fake.calls).not.toContain("up");
});
