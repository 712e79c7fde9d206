import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { imageNames } from "@golive/infra/images.ts";
import { expect, test } from "vitest";
import { interrupted } from "../core/interrupt.ts";
import { fakeWorld } from "../testing/fake-world.ts";

test("up goes through tools, cluster, images, Pulumi and health, and ends with URLs and next commands", async () => {
  const fake = fakeWorld();
  const { exit, stdout, stderr } = await fake.golive("up");
  expect(stderr).toBe("");
  expect(exit).toBe(0);
  expect(fake.calls).toEqual([
    "tools kubernetes pulumi",
    "start golive",
    "ports 8000:8000 16686:16686 9090:9090 9093:9093 3000:3000 8001:8001",
    "images for golive",
    "set secret golive:seed",
    "preview",
    "up",
  ]);
  expect(fake.lines).toEqual([
    "> Check this machine",
    "+ Check this machine: the cluster runs already",
    "> Tools",
    "+ Tools: 2 in place",
    "> Cluster golive",
    "+ Cluster golive: ready at 172.30.0.2",
    "> Images",
    `+ Images: ${imageNames.length} in place`,
    "> Stack local",
    "    looking at what would change",
    "    creating Deployment gateway (3 done, 1 in hand)",
    "+ Stack local: 41 created",
    "> Health",
    "+ Health: 6 of 6 answer",
  ]);
  expect(stdout.replaceAll(fake.world.places.state, "<state>")).toMatchSnapshot();
});

test("up --json prints one document and nothing else on stdout", async () => {
  const fake = fakeWorld();
  fake.changes = { same: 41 };
  const { stdout } = await fake.golive("up", "--json");
  expect(JSON.parse(stdout)).toEqual({
    stack: "local",
    context: "golive",
    unchanged: true,
    changes: { same: 41 },
    putBack: 0,
    urls: {
      gateway: "http://localhost:8000/api/health",
      jaeger: "http://localhost:16686/",
      prometheus: "http://localhost:9090/api/v1/targets",
      alertmanager: "http://localhost:9093/",
      runbooks: "http://localhost:3000/",
      bugsink: "http://localhost:8001/",
    },
    tookMs: 0,
  });
});

test("a second up without changes says so", async () => {
  const fake = fakeWorld();
  fake.changes = { same: 41 };
  expect((await fake.golive("up")).stdout).toContain("stack local: no changes, 41 resources as they should be");
});

test("GOLIVE_PORT_OFFSET moves what is published, not the node ports behind it", async () => {
  const fake = fakeWorld();
  fake.env["GOLIVE_PORT_OFFSET"] = "10000";
  await fake.golive("up", "e2e");
  expect(fake.calls).toContain("ports 18000:8000 26686:16686 19090:9090 19093:9093 13000:3000 18001:8001");
});

test("every fault of the configuration is told at once, before anything is touched", async () => {
  const fake = fakeWorld();
  const file = join(fake.world.places.repo, "Pulumi.local.yaml");
  writeFileSync(
    file,
    readFileSync(file, "utf8")
      .replace("instances: 2", "instances: 1")
      .replace("bucket: golive-backups", "buckets: golive-backups"),
  );
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toContain("golive:postgres.instances");
  expect(stderr).toContain("golive:backups.buckets");
  expect({ exit, calls: fake.calls }).toEqual({ exit: 2, calls: [] });
});

test("a file that is not YAML is named with line and column", async () => {
  const fake = fakeWorld();
  writeFileSync(join(fake.world.places.repo, "Pulumi.local.yaml"), "config:\n  a: [1,\n");
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toMatch(/^error CONFIG_INVALID: .*Pulumi\.local\.yaml:3:1: .*\nhint: Correct the YAML/);
  expect(exit).toBe(2);
});

test("an unknown stack is answered with those that there are", async () => {
  const { exit, stderr } = await fakeWorld().golive("up", "prodution");
  expect(stderr).toContain('there is no stack "prodution"');
  expect(stderr).toContain("The stacks are: e2e, local, staging.");
  expect(exit).toBe(2);
});

/** Turns the local stack to a context, as a user would in its file. */
function pointAt(fake: ReturnType<typeof fakeWorld>, context: string): void {
  const file = join(fake.world.places.repo, "Pulumi.local.yaml");
  writeFileSync(
    file,
    readFileSync(file, "utf8")
      .replace("kind: embedded\n    context: golive", `kind: context\n    context: ${context}`)
      .concat(images),
  );
}
const images = `  golive:images:\n${imageNames
  .map((name) => `    ${name}: registry.example/${name}@sha256:${"0".repeat(64)}\n`)
  .join("")}`;

test("local refuses a context that is somebody else's before any tool, cluster or image is touched", async () => {
  const fake = fakeWorld();
  pointAt(fake, "prod-eu");
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toContain(
    'error CONTEXT_REFUSED: stack "local" must not run against context "prod-eu" (https://127.0.0.1:6443)',
  );
  expect({ exit, calls: fake.calls }).toEqual({ exit: 2, calls: [] });
});

test("local runs against a kind cluster, without starting one of its own or asking this machine's ports", async () => {
  const fake = fakeWorld();
  pointAt(fake, "kind-dev");
  const { exit, stdout } = await fake.golive("up");
  expect(exit).toBe(0);
  expect(fake.calls).toEqual(["tools pulumi pulumi-kubernetes", "set secret golive:seed", "preview", "up"]);
  expect(stdout).toContain("port-forward service/gateway 8000");
});

test("a kind cluster without images by digest gets those that are built here", async () => {
  const fake = fakeWorld();
  pointAt(fake, "kind-dev");
  const file = join(fake.world.places.repo, "Pulumi.local.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(images, ""));
  expect((await fake.golive("up")).exit).toBe(0);
  expect(fake.calls).toContain("images loaded into kind-dev 2f6f3f5e-kube-system");
});

test("too little disk is told before anything is built", async () => {
  const fake = fakeWorld();
  fake.freeBytes = 1024 ** 3;
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toContain("has 1.0 GiB free, 4.0 GiB are needed");
  expect({ exit, calls: fake.calls }).toEqual({ exit: 3, calls: [] });
});

test("a port that another program holds is told before anything is built, with what it is for", async () => {
  const fake = fakeWorld();
  fake.phase = "stopped";
  fake.takenPorts = [9090];
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toContain("another program listens on 127.0.0.1:9090 (metrics (Prometheus))");
  expect({ exit, calls: fake.calls }).toEqual({ exit: 3, calls: [] });
});

test("a service that does not answer in time is named, with exit 8", async () => {
  const fake = fakeWorld();
  fake.health = { 8000: 503, 9090: 0 };
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toContain(
    "API gateway at http://localhost:8000/api/health (answers 503), metrics (Prometheus) at http://localhost:9090/-/ready (connect ECONNREFUSED)",
  );
  expect(exit).toBe(8);
});

test("a failed update is an error with its resources, secrets masked, and the lock is free again", async () => {
  const fake = fakeWorld();
  fake.updateError = new GoliveError(
    "UPDATE_FAILED",
    "1 resource failed\n  Secret db: password=hunter2 is too short",
    "Run it again.",
  );
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toBe(
    "error UPDATE_FAILED: 1 resource failed\n  Secret db: password=*** is too short\nhint: Run it again.\n",
  );
  expect(exit).toBe(6);
  expect(existsSync(join(fake.world.places.state, "locks/stack-local"))).toBe(false);
});

test("with --json the error is a document too", async () => {
  const fake = fakeWorld();
  fake.freeBytes = 0;
  expect(JSON.parse((await fake.golive("up", "--json")).stdout)).toMatchObject({
    error: { code: "DISK_FULL", exit: 3 },
  });
});

test("two at once: the second is told who, since when and what, and touches nothing", async () => {
  const fake = fakeWorld();
  let second: Awaited<ReturnType<typeof fake.golive>> | undefined;
  fake.during = async () => {
    second ??= await fake.golive("destroy", "--yes");
  };
  expect((await fake.golive("up")).exit).toBe(0);
  expect(second?.stderr).toBe(
    `error LOCKED: golive up runs already (pid ${process.pid}, since 2026-11-25T12:00:00.000Z)\nhint: Wait for it, or stop it with \`kill -INT ${process.pid}\`: it stops in good order.\n`,
  );
  expect(second?.exit).toBe(4);
  expect(fake.calls).not.toContain("destroy");
});

test("Ctrl-C ends with 130 and what to do next, and the lock is free", async () => {
  const fake = fakeWorld();
  fake.during = () => {
    fake.controller.abort(interrupted());
    fake.controller.signal.throwIfAborted();
  };
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toBe(
    "error INTERRUPTED: stopped on request\nhint: Run the same command again; it goes on from where it stopped.\n",
  );
  expect(exit).toBe(130);
  expect(fake.lines.at(-1)).toBe("x Stack local: stopped");
  expect(existsSync(join(fake.world.places.state, "locks/stack-local"))).toBe(false);
});

test("after a killed run: its state lock is taken away, the state compared, and the update goes on", async () => {
  const fake = fakeWorld();
  fake.pending = 2;
  const locks = join(fake.world.places.state, "stacks/local/state/.pulumi/locks/organization/golive/local");
  mkdirSync(locks, { recursive: true });
  writeFileSync(join(locks, "a.json"), JSON.stringify({ pid: 2 ** 22 + 1, hostname: hostname(), timestamp: "" }));
  expect((await fake.golive("up")).exit).toBe(0);
  expect(fake.calls.slice(-5)).toEqual(["cancel", "set secret golive:seed", "refresh", "preview", "up"]);
});

test("a state lock that plain pulumi holds is respected", async () => {
  const fake = fakeWorld();
  const locks = join(fake.world.places.state, "stacks/local/state/.pulumi/locks/organization/golive/local");
  mkdirSync(locks, { recursive: true });
  writeFileSync(
    join(locks, "a.json"),
    JSON.stringify({ pid: process.pid, hostname: hostname(), timestamp: "2026-11-25T11:00:00Z" }),
  );
  const { exit, stderr } = await fake.golive("up");
  expect(stderr).toContain(
    `pulumi (pid ${process.pid} on ${hostname()}, since 2026-11-25T11:00:00Z) holds stack "local"`,
  );
  expect(exit).toBe(4);
  expect(fake.calls).not.toContain("cancel");
});

test("the passphrase and the work folder are for their owner's eyes, and the passphrase stays the same", async () => {
  const fake = fakeWorld();
  await fake.golive("up");
  const folder = join(fake.world.places.state, "stacks/local");
  const passphrase = readFileSync(join(folder, "passphrase"), "utf8");
  await fake.golive("up");
  expect(readFileSync(join(folder, "passphrase"), "utf8")).toBe(passphrase);
  expect(statSync(join(folder, "passphrase")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "work")).mode & 0o777).toBe(0o700);
  expect(fake.targets[0]?.env["PULUMI_CONFIG_PASSPHRASE_FILE"]).toBe(join(folder, "passphrase"));
  expect(JSON.stringify(fake.targets[0]?.env)).not.toContain(passphrase.trim());
});

test("a backend and a passphrase that are set already are left alone", async () => {
  const fake = fakeWorld();
  Object.assign(fake.env, { PULUMI_BACKEND_URL: "s3://states", PULUMI_CONFIG_PASSPHRASE: "own" });
  await fake.golive("up");
  expect(fake.targets[0]?.env["PULUMI_BACKEND_URL"]).toBe("s3://states");
  expect(fake.targets[0]?.env).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
});
