import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { V1Job, V1Pod } from "@kubernetes/client-node";
import { type Apis, podFacts, statusOf } from "./client.ts";
import { followToEnd } from "./job-log.ts";
import type { JobEnd, JobRun } from "./kube.ts";

/** A pod that has not begun to run by then will not; images are in the cluster already. */
const startLimitMs = 180_000;

/** See `Kube.runJob`. */
export async function runJob(apis: Apis, run: JobRun, signal: AbortSignal): Promise<JobEnd> {
  const { namespace } = run;
  const job = await jobFrom(apis, run);
  const name = job.metadata?.name as string;
  await apis.batch.createNamespacedJob({ namespace, body: job });
  try {
    const pod = await startedPod(apis, namespace, name, signal);
    const facts = podFacts(pod);
    if (facts.trouble !== undefined) return { job: name, exitCode: 1, trouble: facts.trouble };
    if (run.stdin !== undefined) await handOver(apis, pod, run.stdin, signal);
    return { job: name, exitCode: await followToEnd(apis, pod, run.onLine, signal), trouble: undefined };
  } finally {
    // Background: its pod goes with it. A Job that cannot be deleted is left to its own time to live.
    await apis.batch.deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" }).catch(() => {});
  }
}

async function jobFrom({ batch }: Apis, { namespace, cronJob, args, env, stdin }: JobRun): Promise<V1Job> {
  const template = await batch.readNamespacedCronJob({ namespace, name: cronJob }).catch((cause: unknown) => {
    if (statusOf(cause) !== 404) throw cause;
    throw new GoliveError(
      "BACKUP_FAILED",
      `there is no CronJob "${cronJob}" in namespace ${namespace}`,
      "Run `golive up` first: it makes it.",
      { cause },
    );
  });
  const { metadata, spec } = template.spec?.jobTemplate ?? {};
  const body: V1Job = structuredClone({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${cronJob}-manual-${randomBytes(4).toString("hex")}`,
      labels: metadata?.labels ?? {},
      annotations: { ...metadata?.annotations, "cronjob.kubernetes.io/instantiate": "manual" },
    },
    // One try: whoever asked sees its error and decides.
    spec: { ...(spec as NonNullable<typeof spec>), backoffLimit: 0, ttlSecondsAfterFinished: 3600 },
  });
  const container = body.spec?.template.spec?.containers[0];
  if (args && container) container.args = [...args];
  if (stdin !== undefined && container) Object.assign(container, { stdin: true, stdinOnce: true });
  if (env && container) {
    const given = Object.entries(env).map(([name, value]) => ({ name, value }));
    container.env = [...(container.env ?? []).filter(({ name }) => !(name in env)), ...given];
  }
  return body;
}

async function startedPod({ core }: Apis, namespace: string, job: string, signal: AbortSignal): Promise<V1Pod> {
  const until = Date.now() + startLimitMs;
  for (;;) {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: `batch.kubernetes.io/job-name=${job}` });
    const [pod] = items;
    const facts = pod ? podFacts(pod) : undefined;
    if (pod && (facts?.phase !== "Pending" || stuck.test(facts.trouble ?? ""))) return pod;
    if (Date.now() > until) {
      const why =
        facts?.trouble ??
        pod?.status?.conditions?.find(({ status }) => status === "False")?.message ??
        "no pod was made";
      throw new GoliveError(
        "BACKUP_FAILED",
        `job ${job} did not start within ${startLimitMs / 1000} s: ${why}`,
        `Look at it with \`golive kubectl -n ${namespace} describe job ${job}\`.`,
      );
    }
    await wait(500, undefined, { signal });
  }
}

const stuck = /^(ErrImage|ImagePull|InvalidImage|CreateContainer)/;

/** How long a container may take to take what it is told on its standard input, in ms. */
const handOverMs = 30_000;
/** And then until its runtime has closed the connection; behind the last frame we may. */
const goodbyeMs = 5_000;

/** Its text on the container's standard input, and then its end. One that has ended by then says in its log why. */
async function handOver({ attach, core }: Apis, pod: V1Pod, text: string, signal: AbortSignal): Promise<void> {
  const { namespace = "", name = "" } = pod.metadata ?? {};
  const container = pod.spec?.containers[0]?.name ?? "";
  const limit = AbortSignal.any([signal, AbortSignal.timeout(handOverMs)]);
  const source = Readable.from([Buffer.from(text)]);
  const sent = once(source, "end", { signal: limit });
  sent.catch(() => undefined);
  try {
    const socket = await attach.attach(namespace, name, container, null, null, source, false);
    socket.on("error", () => socket.close());
    await sent;
    await once(socket, "close", { signal: AbortSignal.any([signal, AbortSignal.timeout(goodbyeMs)]) }).catch(() => {});
    socket.close();
  } catch (cause) {
    signal.throwIfAborted();
    const { status } = await core.readNamespacedPod({ namespace, name });
    if (status?.phase !== "Running") return;
    throw new GoliveError(
      "BACKUP_FAILED",
      `what pod ${name} waits for on its standard input did not reach it`,
      "Run the same command again; your role in the cluster needs the right `create` on pods/attach.",
      { cause },
    );
  }
}
