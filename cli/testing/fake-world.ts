import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ClusterFacts } from "../core/local-api.ts";
import { plainStep } from "../core/progress.ts";
import { type Outcome, run } from "../core/run.ts";
import type { Ended, World } from "../core/world.ts";
import type { CronJob, ExecEnd, JobRun, Kube, KubeObject, ObjectKind, Pod } from "../kube/kube.ts";
import type { PolicyHook } from "../preview/step.ts";
import type { Changes, EngineTarget } from "../stack/engine.ts";
import { platformApi } from "../stack/platform.ts";
import { fakeStack } from "./fake-stack.ts";

const repo = join(import.meta.dirname, "../..");

/** What a test may set beforehand, and look at afterwards. Everything else is real: files, configuration, parsing. */
export interface FakeWorld {
  readonly world: World;
  readonly calls: string[];
  readonly lines: string[];
  readonly controller: AbortController;
  env: Record<string, string | undefined>;
  freeBytes: number;
  takenPorts: number[];
  answer: boolean;
  /** What is typed when a line is asked for. */
  typed: string;
  stdinIsTTY: boolean;
  phase: ClusterFacts["phase"];
  down: string[];
  missingTools: string[];
  server: string;
  pods: Pod[];
  backup: CronJob | undefined;
  /** The other CronJobs of the backups, by name. */
  care: Record<string, CronJob>;
  health: Record<number, number>;
  changes: Changes;
  pending: number;
  updateError: Error | undefined;
  /** What the engine says during a preview. */
  events: unknown[];
  previewFailure: Error | undefined;
  /** Called while "pulumi" compares. */
  duringPreview: () => void;
  /** What policies say about a preview. */
  policies: PolicyHook;
  child: Ended;
  /** What kubectl answers when it is given a file; `given` is what stands in it. */
  kubectl: ((args: readonly string[], given: unknown) => { object?: unknown; refused?: string }) | undefined;
  job: FakeJob;
  /** Of several jobs in a row; when they are used up, `job`. */
  nextJobs: FakeJob[];
  jobs: JobRun[];
  /** What the cluster has of each operator's kind; what is made and deleted shows here. */
  objects: Record<ObjectKind, KubeObject[]>;
  /** What becomes of an object that is made. */
  made: (object: KubeObject) => KubeObject;
  /** What a command in a container answers. */
  executed: (command: readonly string[]) => ExecEnd;
  /** Lines of a container's log. */
  logged: string[];
  targets: EngineTarget[];
  /** Called while "pulumi" runs. */
  during: () => void | Promise<void>;
  golive(...argv: string[]): Promise<Outcome>;
}

/** How a job ends, and what it says before. */
export interface FakeJob {
  exitCode: number;
  trouble: string | undefined;
  lines: string[];
}

const components = ["etcd", "containerd", "kube-apiserver", "kubelet"] as const;

/** A repository with the real stack files, a state folder of its own, and a machine that does as it is told. */
export function fakeWorld(): FakeWorld {
  const folder = mkdtempSync(join(tmpdir(), "golive-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const places = { repo: join(folder, "repo"), cache: join(folder, "cache"), state: join(folder, "state") };
  mkdirSync(places.repo);
  for (const name of ["Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.staging.yaml", "Pulumi.e2e.yaml"])
    cpSync(join(repo, name), join(places.repo, name));
  // What people put into the file of a protected stack.
  const staging = join(places.repo, "Pulumi.staging.yaml");
  writeFileSync(
    staging,
    readFileSync(staging, "utf8")
      .replace(
        /# escrowRecipient: .*/,
        "escrowRecipient: age14kegzdm87f5jl273vqnq5p4h5w88f0dwaufwc8np9had8jrtksuqd9zde2",
      )
      .replace("config:\n", "config:\n  golive:sentryAuthToken: {secure: v1:x}\n"),
  );
  const controller = new AbortController();
  const [calls, lines]: [string[], string[]] = [[], []];
  let now = Date.parse("2026-11-25T12:00:00Z");
  const kubeconfig = join(places.state, "kubeconfig.yaml");

  const told = <T>(call: string, answer: T): T => {
    calls.push(call);
    return answer;
  };
  const kube: Kube = {
    server: () => fake.server,
    version: async () => "v1.37.2",
    uid: async () => "2f6f3f5e-kube-system",
    pods: async () => fake.pods,
    cronJob: async (_namespace, name) => (name === "backup" ? fake.backup : fake.care[name]),
    objects: async (kind) => fake.objects[kind],
    object: async (kind, _namespace, name) => fake.objects[kind].find(({ metadata }) => metadata.name === name),
    async create(kind, _namespace, object) {
      calls.push(`create ${kind} ${object.metadata.name}`);
      const creationTimestamp = new Date(now).toISOString();
      fake.objects[kind].push(fake.made({ ...object, metadata: { ...object.metadata, creationTimestamp } }));
    },
    async remove(kind, _namespace, name) {
      calls.push(`remove ${kind} ${name}`);
      fake.objects[kind] = fake.objects[kind].filter(({ metadata }) => metadata.name !== name);
    },
    exec: async ({ command }) => fake.executed(command),
    log: async () => fake.logged,
    async runJob(job) {
      fake.jobs.push(job);
      const { lines: said, exitCode, trouble } = fake.nextJobs.shift() ?? fake.job;
      for (const line of said) job.onLine(line);
      return { job: `${job.cronJob}-manual-1`, exitCode, trouble };
    },
  };
  const facts = (name: string): ClusterFacts => ({
    name,
    phase: fake.phase,
    nodeIp: "172.30.0.2",
    kubeconfig,
    uptimeSeconds: 3700,
    versions: {},
    ports: [],
    components:
      fake.phase === "stopped"
        ? {}
        : Object.fromEntries(
            components.map((it) => [
              it,
              { state: fake.down.includes(it) ? "backing off" : "ready", restarts: 0, since: "", log: "", pid: 7 },
            ]),
          ),
  });
  const world: World = {
    get env() {
      return fake.env;
    },
    places,
    terminal: { isTTY: false, colour: false, columns: 100 },
    signal: controller.signal,
    clock: {
      now: () => new Date(now),
      wait: async (ms) => {
        now += ms;
      },
    },
    fetch: async (url) => {
      const port = Number(new URL(String(url)).port);
      const status = fake.health[port] ?? 200;
      if (status === 0) throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
      return new Response("", { status });
    },
    async spawn(file, args, { output }) {
      calls.push([file, ...args].join(" "));
      const given = args.map((arg) => /^--(?:filename|patch-file)=(.*)$/.exec(arg)?.[1]).find(Boolean);
      const said = given && fake.kubectl?.(args, JSON.parse(readFileSync(given, "utf8")));
      if (!said) return fake.child;
      if (typeof output === "function") {
        if (said.object !== undefined) output(JSON.stringify(said.object), "stdout");
        if (said.refused !== undefined) output(said.refused, "stderr");
      }
      return { code: said.refused === undefined ? 0 : 1, signal: null };
    },
    freeBytes: () => fake.freeBytes,
    portFree: async (port) => !fake.takenPorts.includes(port),
    kubeconfigOf: async () => kubeconfig,
    hostFindings: async () => [],
    get stdinIsTTY() {
      return fake.stdinIsTTY;
    },
    confirm: async (question) => told(`asked: ${question}`, fake.answer),
    ask: async (question) => told(`asked: ${question}`, fake.typed),
    steps: async (steps) => {
      for (const step of steps)
        await plainStep(step, (line) => lines.push(line.replace(/ \([\d.]+ s\)$/, "")), controller.signal);
    },
    note: (line) => void lines.push(line),
    emit: (line) => void lines.push(`stdout: ${line}`),
    toolchain: async () =>
      ({
        toolNames: ["kubernetes", "pulumi"],
        tool: () => ({ seconds: 200 }),
        isReady: () => true,
        missingTools: () => fake.missingTools,
        toolPath: (name: string) => (name === "kubectl" ? "/bin/true" : `/tools/bin/${name}`),
        ensureTools: async (names: string[]) => void calls.push(`tools ${names.join(" ")}`),
        ensurePackages: async (names: string[]) => void calls.push(`packages ${names.join(" ")}`),
        cnpgManifest: () => "/tools/operator.yaml",
        ensureOperatorManifest: async () => "/tools/operator.yaml",
      }) as unknown as Awaited<ReturnType<World["toolchain"]>>,
    cluster: async () => ({
      async startCluster({ name }) {
        calls.push(`start ${name}`);
        mkdirSync(places.state, { recursive: true });
        writeFileSync(kubeconfig, "");
        return { name, context: name, kubeconfig, nodeIp: "172.30.0.2" };
      },
      stopCluster: async ({ name }) => void calls.push(`stop ${name}`),
      deleteCluster: async ({ name }) => void calls.push(`delete ${name}`),
      clusterStatus: async ({ name }) => facts(name),
      publishPorts: async ({ ports }) =>
        void calls.push(`ports ${ports.map(({ host, node }) => `${host}:${node}`).join(" ")}`),
    }),
    images: async () => ({
      ensureImages: async ({ names, cluster }) => {
        calls.push(`images for ${cluster}`);
        return Object.fromEntries(names.map((name) => [name, `localhost/golive/${name}:0123456789ab`])) as never;
      },
      takesImages: (context) => context.startsWith("kind-"),
      loadIntoContext: async ({ names, context, cluster }) => {
        calls.push(`images loaded into ${context} ${cluster}`);
        return Object.fromEntries(names.map((name) => [name, `localhost/golive/${name}:0123456789ab`])) as never;
      },
    }),
    // Policies judge the events of a real engine; the fake one's are a sketch.
    platform: async () => ({ ...platformApi, policies: async () => (steps) => fake.policies(steps) }),
    engine: async () => ({
      async open(target) {
        fake.targets.push(target);
        return fakeStack(fake);
      },
    }),
    kube: async () => kube,
  };
  const fake: FakeWorld = {
    world,
    calls,
    lines,
    controller,
    env: { PATH: "/usr/bin:/bin", HOME: "/home/someone" },
    freeBytes: 50 * 1024 ** 3,
    takenPorts: [],
    answer: true,
    typed: "",
    stdinIsTTY: false,
    phase: "running",
    down: [],
    missingTools: [],
    server: "https://127.0.0.1:6443",
    pods: [pod("gateway"), pod("gateway", { name: "gateway-2" }), pod("postgres")],
    backup: { lastScheduled: undefined, lastSucceeded: "2026-11-25T02:03:00.000Z", suspended: false },
    care: {},
    health: {},
    changes: { create: 41 },
    pending: 0,
    updateError: undefined,
    events: [],
    previewFailure: undefined,
    duringPreview: () => {},
    policies: () => [],
    kubectl: undefined,
    child: { code: 0, signal: null },
    job: { exitCode: 0, trouble: undefined, lines: [] },
    nextJobs: [],
    jobs: [],
    objects: { cluster: [], backup: [], objectStore: [] },
    made: (object) => object,
    executed: () => ({ exitCode: 0, stdout: "", stderr: "" }),
    logged: [],
    targets: [],
    during: () => {},
    golive: (...argv) => run(argv, () => world),
  };
  return fake;
}

export function pod(component: string, facts: Partial<Pod> = {}): Pod {
  return {
    namespace: "golive-app",
    name: `${component}-1`,
    component,
    selector: `app.kubernetes.io/name=${component}`,
    phase: "Running",
    ready: true,
    job: false,
    restarts: 0,
    node: "local",
    since: undefined,
    trouble: undefined,
    ...facts,
  };
}
