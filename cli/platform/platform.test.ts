import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld, pod } from "../testing/fake-world.ts";

test("status: everything is well", async () => {
  const fake = fakeWorld();
  fake.pods.push(pod("backup", { job: true, phase: "Succeeded", ready: false }));
  const { exit, stdout } = await fake.golive("status");
  expect(exit).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "stack local on golive (embedded, running)

    Control plane: 4 of 4 ready

    Pods:
      ok  golive-app/gateway   2/2 ready
      ok  golive-app/postgres  1/1 ready

    Services:
      ok  API gateway            http://localhost:8000/api/health
      ok  traces (Jaeger)        http://localhost:16686/
      ok  metrics (Prometheus)   http://localhost:9090/api/v1/targets
      ok  alerts (Alertmanager)  http://localhost:9093/
      ok  runbooks               http://localhost:3000/
      ok  errors (Bugsink)       http://localhost:8001/

    Last backup: 2026-11-25T02:03:00.000Z, 9 h 57 m ago

    Everything is as it should be.
    "
  `);
});

test("status: what cares for backups is told of as well, and missed when it is suspended", async () => {
  const fake = fakeWorld();
  const at = (lastSucceeded: string | undefined, suspended = false) => ({
    lastScheduled: undefined,
    lastSucceeded,
    suspended,
  });
  fake.care = { "backup-drill": at("2026-11-22T04:09:00.000Z"), "backup-verify": at(undefined, true) };
  const { exit, stdout } = await fake.golive("status");
  expect(exit).toBe(8);
  expect(stdout).toContain("\nLast drill: 2026-11-22T04:09:00.000Z, 79 h 51 m ago\n");
  expect(stdout).not.toContain("Last verification");
  expect(stdout).toContain("  backup-verify is suspended\n");
});

test("status: each thing that is wrong is a sentence with the next command, and the exit status is 8", async () => {
  const fake = fakeWorld();
  fake.down = ["kubelet"];
  fake.pods = [
    pod("gateway", { ready: false, trouble: "CrashLoopBackOff: back-off 5m0s" }),
    pod("postgres", { phase: "Pending", ready: false }),
    pod("backup", { job: true, phase: "Failed", ready: false }),
  ];
  fake.health = { 16686: 502 };
  fake.backup = { lastScheduled: undefined, lastSucceeded: undefined, suspended: true };
  const { exit, stdout } = await fake.golive("status", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    healthy: false,
    problems: [
      "kubelet of the cluster is down: run `golive cluster start`",
      "golive-app/gateway-1 is CrashLoopBackOff: back-off 5m0s: run `golive logs gateway`",
      "golive-app/postgres-1 is Pending: run `golive logs postgres`",
      "golive-app/backup-1 is Failed: run `golive logs backup`",
      "traces (Jaeger) at http://localhost:16686/api/services: answers 502",
      "backups are suspended",
    ],
  });
  expect(exit).toBe(8);
});

test.each([
  ["stopped", "the cluster is stopped: run `golive up`"],
  ["starting", "the cluster is starting: run `golive up`"],
] as const)("status of a cluster that is %s", async (phase, line) => {
  const fake = fakeWorld();
  fake.phase = phase;
  const { exit, stdout } = await fake.golive("status");
  expect(stdout).toContain(line);
  expect(exit).toBe(8);
});

test("status of a cluster in which nothing was made yet", async () => {
  const fake = fakeWorld();
  fake.pods = [];
  expect((await fake.golive("status")).stdout).toContain("no pod of the platform runs: run `golive up`");
});

test("doctor: nothing is in the way", async () => {
  const { exit, stdout } = await fakeWorld().golive("doctor");
  expect(exit).toBe(0);
  expect(stdout).toContain("Nothing is in the way of `golive up`.");
});

test("doctor: findings come with what to do, all of them, and exit 8", async () => {
  const fake = fakeWorld();
  fake.phase = "stopped";
  fake.missingTools = ["pulumi"];
  fake.takenPorts = [8000];
  fake.freeBytes = 0;
  const { exit, stdout } = await fake.golive("doctor");
  expect(exit).toBe(8);
  expect(stdout).toMatch(/^BAD +Tools +not built yet: pulumi$/m);
  expect(stdout).toContain("  Tools: `golive up` builds them, about 4 minutes on two cores.");
  expect(stdout).toMatch(/^BAD +Ports .*8000/m);
  expect(stdout).toMatch(/^BAD +Disk /m);
});

test("doctor tells faults of the configuration too", async () => {
  const fake = fakeWorld();
  writeFileSync(join(fake.world.places.repo, "Pulumi.local.yaml"), "config: {}\n");
  const { exit, stdout } = await fake.golive("doctor");
  expect(exit).toBe(8);
  expect(stdout).toContain("golive:environment");
});

test("kubectl gets kubeconfig and context before, and everything else untouched; its exit status is golive's", async () => {
  const fake = fakeWorld();
  fake.child = { code: 7, signal: null };
  const { exit, stdout } = await fake.golive("kubectl", "get", "pods", "-A", "--help", "--json", "--", "x y");
  expect(fake.calls).toEqual([
    `/bin/true --kubeconfig ${fake.world.places.state}/kubeconfig.yaml --context golive get pods -A --help --json -- x y`,
  ]);
  expect({ exit, stdout }).toEqual({ exit: 7, stdout: "" });
});

test("kubectl that a signal ended gives 128 and its number", async () => {
  const fake = fakeWorld();
  fake.child = { code: null, signal: "SIGTERM" };
  expect((await fake.golive("kubectl", "proxy")).exit).toBe(143);
});

test("kubectl works on the stack in GOLIVE_STACK", async () => {
  const fake = fakeWorld();
  fake.env["GOLIVE_STACK"] = "e2e";
  await fake.golive("kubectl", "version");
  expect(fake.calls[0]).toContain("--context golive-test version");
});

test("logs of several pods go by their label, of a single one by its name", async () => {
  const fake = fakeWorld();
  await fake.golive("logs", "gateway", "-f", "--tail", "5");
  await fake.golive("logs", "postgres", "--previous");
  const own = `--kubeconfig ${fake.world.places.state}/kubeconfig.yaml --context golive`;
  expect(fake.calls).toEqual([
    `/bin/true ${own} logs --namespace golive-app --selector app.kubernetes.io/name=gateway --prefix --max-log-requests 50 --all-containers --tail 5 --follow`,
    `/bin/true ${own} logs --namespace golive-app postgres-1 --all-containers --tail 100 --previous`,
  ]);
});

test("logs of a part of the control plane come from its file", async () => {
  const fake = fakeWorld();
  mkdirSync(join(fake.world.places.state, "log"), { recursive: true });
  const file = join(fake.world.places.state, "log/kubelet.log");
  writeFileSync(file, "");
  await fake.golive("logs", "kubelet", "-f");
  expect(fake.calls).toEqual([`tail -n 100 -F -- ${file}`]);
});

test("logs of an unknown component name those that there are", async () => {
  const { exit, stderr } = await fakeWorld().golive("logs", "gatway");
  expect(stderr).toBe('error USAGE: no pod belongs to a component "gatway"\nhint: Running are: gateway, postgres.\n');
  expect(exit).toBe(2);
});

test("env prints lines that a shell takes, and no secret", async () => {
  const fake = fakeWorld();
  const { stdout } = await fake.golive("env");
  const shown = stdout.replaceAll(fake.world.places.state, "<state>").replaceAll(dirname(process.execPath), "<node>");
  expect(shown).toMatchInlineSnapshot(`
    "export PULUMI_BACKEND_URL=file://<state>/stacks/local/state
    export PULUMI_CONFIG_PASSPHRASE_FILE=<state>/stacks/local/passphrase
    export PULUMI_SKIP_UPDATE_CHECK=true
    export PULUMI_HOME=<state>/pulumi-home
    export GOLIVE_STACK=local
    export KUBECONFIG=<state>/kubeconfig.yaml
    export GOLIVE_IMAGES=<state>/stacks/local/images.json
    export GOLIVE_OPERATOR_MANIFEST=/tools/operator.yaml
    export PULUMI_STACK=local
    export PATH=<node>:/tools/bin:/bin:"$PATH"
    # pulumi preview --config-file <state>/stacks/local/work/Pulumi.local.yaml
    "
  `);
});
