import { execFile, execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { askStatus } from "@golive/local/cluster/control.ts";
import {
  type Cluster,
  clusterStatus,
  deleteCluster,
  layout,
  linkFor,
  publishPorts,
  startCluster,
  stopCluster,
} from "@golive/local/cluster/index.ts";
import { prepareFolder } from "@golive/local/cluster/prepare.ts";
import { ensureImages } from "@golive/local/images/index.ts";
import { toolPath } from "@golive/local/toolchain/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { bytesBelow, fetchLocal, killIfThere, pod, policy, server, statusWithoutCertificate } from "./cluster-trial.ts";
import { hostTraces, processesOf } from "./host-traces.ts";

const name = "golive-test";
const state = mkdtempSync(join(tmpdir(), "golive state ")); // with blanks, as a user's folder may have
const report = (line: string) => console.log(line);
const options = () => ({ name, report, signal: AbortSignal.timeout(280_000) });
const published = { host: 28_080, node: 28_080, what: "test server" };

let cluster: Cluster;
let before: ReturnType<typeof hostTraces>;
let debian: string;

beforeAll(async () => {
  process.env.GOLIVE_STATE = state;
  before = hostTraces(name, state);
  cluster = await startCluster(options());
  debian = (await ensureImages({ cluster: name, names: ["local-path-helper"], ...options() }))["local-path-helper"];
}, 300_000);

afterAll(async () => {
  await deleteCluster(options());
  rmSync(state, { recursive: true, force: true });
}, 120_000);

const kubectl = async (...args: string[]): Promise<string> =>
  (
    await promisify(execFile)(
      toolPath("kubectl"),
      ["--kubeconfig", cluster.kubeconfig, "--context", cluster.context, ...args],
      { timeout: 60_000 },
    )
  ).stdout.trim();

function apply(...objects: object[]): void {
  const input = objects.map((o) => stringify(o)).join("---\n");
  execFileSync(toolPath("kubectl"), ["--kubeconfig", cluster.kubeconfig, "apply", "--server-side", "-f", "-"], {
    input,
  });
}

async function eventually<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask().catch((error: Error) => error as T);
    if (!(answer instanceof Error) && good(answer)) return answer;
    if (Date.now() > until) throw new Error(`${what}: not within ${seconds} s; last answer: ${answer}`);
    await sleep(200);
  }
}

const fetchPublished = () => fetchLocal(published.host);

/** etcd's database. */
const store = () => layout(name).file("etcd", "member", "snap", "db");

const nodeReady = () =>
  kubectl("get", "node", "local", "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');

/** Whether the client pod gets an answer of the server, by its name. */
const reaches = async () =>
  (
    await kubectl(
      "exec",
      "-n",
      "trial",
      "client",
      "--",
      "bash",
      "-c",
      "(exec 3<>/dev/tcp/web/8080 && echo GET >&3 && timeout 2 cat <&3) 2>/dev/null | tail -1 || true",
    )
  ).includes("hello");

describe("a running cluster", () => {
  test("keeps its keys to its owner, and answers nobody without a certificate", async () => {
    expect(await nodeReady()).toBe("True");
    expect(statSync(cluster.kubeconfig).mode & 0o777).toBe(0o600);
    expect(statSync(layout(name).dir).mode & 0o777).toBe(0o700);
    expect(
      await statusWithoutCertificate(cluster.nodeIp, "/version", readFileSync(layout(name).file("pki", "ca.crt"))),
    ).toBe(401);
    await expect(kubectl("--as", "nobody", "get", "secrets", "-A")).rejects.toThrow(/forbidden/);
  });

  test("runs pods with volumes, names, logs and exec; a restricted namespace takes them", async () => {
    apply(
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "trial", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data", namespace: "trial" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } } },
      },
      pod(debian, "web", `echo kept > /data/file; echo serving; ${server}`, { labels: { app: "web" }, claim: "data" }),
      pod(debian, "client", "trap exit TERM; sleep infinity & wait", { labels: { app: "client" } }),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "trial" },
        spec: { type: "NodePort", selector: { app: "web" }, ports: [{ port: 8080, nodePort: published.node }] },
      },
    );
    await kubectl("wait", "-n", "trial", "--for=condition=Ready", "pod/web", "pod/client", "--timeout=50s");
    expect(await kubectl("get", "pvc", "-n", "trial", "data", "-o", "jsonpath={.status.phase}")).toBe("Bound");
    await eventually(
      "the log",
      10,
      () => kubectl("logs", "-n", "trial", "web"),
      (log) => log === "serving",
    );
    expect(await kubectl("exec", "-n", "trial", "web", "--", "cat", "/data/file")).toBe("kept");
    await eventually("the service by name", 20, reaches, (yes) => yes);
  });

  test("enforces NetworkPolicies: deny closes, a matching allow opens", async () => {
    apply(policy("deny", { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] }));
    await eventually("the deny", 20, reaches, (yes) => !yes);
    const from = (app: string) => ({
      podSelector: { matchLabels: { app: "web" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app } } }] }],
    });
    apply(policy("allow", from("somebody-else")));
    await sleep(2000);
    expect(await reaches()).toBe(false);
    apply(policy("allow", from("client")));
    await eventually("the allow", 20, reaches, (yes) => yes);
    await kubectl("delete", "networkpolicy", "-n", "trial", "--all");
  });

  test("serves published ports on loopback, and names who took one", async () => {
    await publishPorts({ name, ports: [published] });
    await eventually("the published port", 20, fetchPublished, (body) => body === "hello");
    const blocker = createServer().listen(28_081, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    await expect(
      publishPorts({ name, ports: [published, { host: 28_081, node: 28_081, what: "console" }] }),
    ).rejects.toMatchObject({
      code: "PORT_TAKEN",
      message: expect.stringMatching(new RegExp(`port 28081 for console is taken by .*process ${process.pid}`)),
    });
    blocker.close();
    expect(await fetchPublished()).toBe("hello");
  });

  test("writes Secrets encrypted", async () => {
    const marker = `visible-${Date.now()}`;
    await kubectl("create", "configmap", "-n", "trial", "marker", `--from-literal=key=${marker}`);
    await kubectl("create", "secret", "generic", "-n", "trial", "marker", `--from-literal=key=secret-${marker}`);
    const bytes = bytesBelow(layout(name).file("etcd", "member"));
    expect(bytes.includes(marker), "the config map is readable, so this looks in the right place").toBe(true);
    expect(bytes.includes(`secret-${marker}`)).toBe(false);
    expect(bytes.includes("k8s:enc:secretbox:v1:key1")).toBe(true);
  });

  test("is joined by a second start, also by two at once", async () => {
    const pid = (await clusterStatus({ name })).supervisor?.pid;
    const [a, b] = await Promise.all([startCluster(options()), startCluster(options())]);
    expect(a).toEqual(b);
    expect((await clusterStatus({ name })).supervisor?.pid).toBe(pid);
  }, 60_000);

  test.each([
    "etcd",
    "containerd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kube-router",
  ] as const)(
    "brings %s back when it is killed",
    async (component) => {
      const old = (await clusterStatus({ name })).components[component]?.pid;
      expect(old).toBeTypeOf("number");
      process.kill(old as number, "SIGKILL");
      const now = await eventually(
        component,
        30,
        async () => (await clusterStatus({ name })).components[component],
        (c) => c?.state === "ready" && c.pid !== old,
      );
      expect(now?.lastExit).toContain("SIGKILL");
      await eventually("the node", 30, nodeReady, (status) => status === "True");
    },
    70_000,
  );
});

/** Each takes about ten seconds; GOLIVE_POWER_CUTS=20 is for a change of the cluster itself. */
const powerCuts = Array.from({ length: Number(process.env.GOLIVE_POWER_CUTS || 3) }, (_, at) => at + 1);

test.each(powerCuts)(
  "power cut %i: every acknowledged object is there after the next start",
  async (round) => {
    await kubectl("wait", "-n", "trial", "--for=condition=Ready", "pod/web", "--timeout=60s");
    const acknowledged: string[] = [];
    let dead = false;
    const writers = Array.from({ length: 5 }, async (_, writer) => {
      for (let i = 0; i < 10 && !dead; i++) {
        const id = `cut-${round}-${writer}-${i}`;
        const ok = await kubectl("create", "configmap", "-n", "trial", id, `--from-literal=value=${id}`).then(
          () => true,
          () => false,
        );
        if (ok) acknowledged.push(id);
      }
    });
    await eventually(
      "some writes",
      30,
      async () => acknowledged.length,
      // Early, late, and in between.
      (n) => n >= 10 + 5 * (round % 6),
    );
    const status = await askStatus(layout(name).socket);
    const pids = processesOf(status?.worldPid as number, status?.pid as number);
    expect(pids.length).toBeGreaterThan(12);
    for (const pid of pids) if (pid !== process.pid) killIfThere(pid);
    dead = true;
    await Promise.all(writers);
    expect(acknowledged.length, "it was cut while writing").toBeLessThan(50);

    const began = Date.now();
    await startCluster(options());
    report(
      `start after a power cut: ${((Date.now() - began) / 1000).toFixed(1)} s, ${acknowledged.length} acknowledged`,
    );
    expect(await nodeReady()).toBe("True");
    const there = new Set((await kubectl("get", "configmap", "-n", "trial", "-o", "name")).split("\n"));
    expect(acknowledged.filter((id) => !there.has(`configmap/${id}`))).toEqual([]);
    await eventually("the published port", 40, fetchPublished, (body) => body === "hello");
    expect(await kubectl("exec", "-n", "trial", "web", "--", "cat", "/data/file")).toBe("kept");
  },
  200_000,
);

test("the namespaces' first process is killed: the supervisor boots them again", async () => {
  const old = (await askStatus(layout(name).socket))?.worldPid as number;
  process.kill(old, "SIGKILL");
  await eventually(
    "another pid 1",
    30,
    () => askStatus(layout(name).socket),
    (status) => status?.worldPid !== undefined && status.worldPid !== old,
  );
  await startCluster(options());
  await eventually("the published port", 40, fetchPublished, (body) => body === "hello");
}, 200_000);

test("a stopped cluster leaves nothing on its host, and starts again with its data", async () => {
  const kubeconfig = readFileSync(cluster.kubeconfig, "utf8");
  await stopCluster(options());
  expect(hostTraces(name, state)).toEqual(before);
  expect((await clusterStatus({ name })).phase).toBe("stopped");
  await startCluster(options());
  expect(readFileSync(cluster.kubeconfig, "utf8"), "certificates that still fit are kept").toBe(kubeconfig);
  await eventually("the published port", 40, fetchPublished, (body) => body === "hello");
}, 200_000);

test("certificates that ran out while it was stopped are issued anew at the next start", async () => {
  await stopCluster(options());
  const yearsAgo = new Date(Date.now() - 1200 * 24 * 3600 * 1000);
  await prepareFolder(layout(name), linkFor(name), yearsAgo);
  const validTo = () => new X509Certificate(readFileSync(layout(name).file("pki", "apiserver.crt"))).validToDate;
  expect(validTo().getTime(), "the trial's certificate has run out").toBeLessThan(Date.now());
  await startCluster(options());
  expect(validTo().getTime()).toBeGreaterThan(Date.now());
  await eventually("the published port", 40, fetchPublished, (body) => body === "hello");
}, 200_000);

test("a store that lost its last page, as after a power cut, still has every object", async () => {
  const objects = await kubectl("get", "configmap,secret", "-A", "-o", "name");
  await stopCluster(options());
  truncateSync(store(), statSync(store()).size - 4096);
  await startCluster(options());
  expect(await kubectl("get", "configmap,secret", "-A", "-o", "name")).toBe(objects);
}, 200_000);

test("a store without its head is refused in plain words, and the cluster runs again when it is put back", async () => {
  await stopCluster(options());
  copyFileSync(store(), `${store()}.good`);
  truncateSync(store(), 6000);
  await expect(startCluster(options())).rejects.toMatchObject({
    code: "CLUSTER_FAILED",
    message: expect.stringMatching(/^etcd does not stay up/),
    hint: expect.stringContaining("etcd.log"),
  });
  await stopCluster(options());
  renameSync(`${store()}.good`, store());
  await startCluster(options());
  await eventually("the published port", 40, fetchPublished, (body) => body === "hello");
}, 250_000);

test("a disk that fills up loses no acknowledged object, and the cluster goes on once there is space", async () => {
  const place = mkdtempSync(join(tmpdir(), "golive-small-"));
  const image = join(place, "image");
  // Sparse: it takes what the cluster writes, not what the ballast reserves. Mount and loop device end with the namespace.
  const script = `truncate -s 8G "$1" && mkfs.ext4 -q -m 0 "$1" && mkdir "$2" && mount -o loop "$1" "$2" && exec "$3" "$4"`;
  const program = join(import.meta.dirname, "cluster-on-a-small-disk.ts");
  try {
    const { stdout } = await promisify(execFile)(
      "unshare",
      ["--mount", "sh", "-c", script, "sh", image, join(place, "state"), process.execPath, program],
      { env: { ...process.env, GOLIVE_STATE: join(place, "state") }, timeout: 280_000 },
    );
    const seen = JSON.parse(stdout) as { freeBytes: number; whileFull: number; refusal: string; lost: string[] };
    report(`on a full disk: ${stdout.trim()}`);
    expect(seen.freeBytes).toBeLessThan(1_000_000);
    expect(seen.refusal, "a full disk has to stop the writing at last").not.toBe("");
    expect(seen.whileFull).toBeGreaterThanOrEqual(5);
    expect(seen.lost).toEqual([]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}, 300_000);

test("a deleted cluster leaves nothing at all, and can be deleted twice", async () => {
  await deleteCluster(options());
  expect(hostTraces(name, state)).toEqual(before);
  expect(readdirSync(join(state, "clusters"))).toEqual([]);
  await deleteCluster(options());
}, 120_000);
