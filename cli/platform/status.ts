import { codes } from "@golive/errors/codes.ts";
import type { BackupJobName } from "@golive/infra/backups/jobs.ts";
import { notReady } from "../cluster/status.ts";
import { elapsed } from "../core/elapsed.ts";
import type { ClusterFacts } from "../core/local-api.ts";
import { table } from "../core/table.ts";
import { stackArg, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import type { CronJob, Pod } from "../kube/kube.ts";
import { kubeconfigOf } from "../stack/env.ts";
import { type Answer, askAll } from "../stack/health.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";

export const status = verb({
  about: "show whether everything is as it should be",
  details:
    "Shows the cluster, the pods by component, what the services answer and the last backup of a stack. It only looks; exit 8 when something is wrong.",
  args: [stackArg],
  json: true,
  examples: [
    { run: "golive status", about: "the local platform" },
    { run: "golive status production --json", about: "for a monitor" },
  ],
  exits: ["CONFIG_INVALID", "CLUSTER_UNREACHABLE", "UNHEALTHY"],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const facts = await look(world, settings);
    const wrong = problems(facts);
    const exit = wrong.length === 0 ? 0 : codes.UNHEALTHY.exit;
    return {
      exit,
      json: { stack: settings.stack, healthy: exit === 0, problems: wrong, ...facts },
      text: statusText(world, settings, facts, wrong),
    };
  },
});

export interface Facts {
  /** Of the embedded cluster; absent for a named context. */
  readonly cluster?: ClusterFacts;
  readonly pods: readonly Pod[];
  readonly services: readonly Answer[];
  readonly backup: CronJob | undefined;
  /** What cares for backups after they are made, by the job's name. */
  readonly care: Readonly<Record<string, CronJob>>;
}

/** Jobs that fire by the clock, and what each proves when it has ended well. */
const careJobs = {
  "backup-verify": "Last verification",
  "backup-drill": "Last drill",
  "backup-drill-point-in-time": "Last drill of the archive",
  "backup-prune": "Last pruning",
  "backup-monitor": "Last green look",
} as const satisfies Partial<Record<BackupJobName, string>>;

async function look(world: World, settings: Settings): Promise<Facts> {
  const { target, config } = settings;
  const cluster =
    target.kind === "embedded" ? await (await world.cluster()).clusterStatus({ name: target.cluster }) : undefined;
  if (cluster && cluster.phase !== "running") return { cluster, pods: [], services: [], backup: undefined, care: {} };
  const kube = await world.kube({ kubeconfig: await kubeconfigOf(world, settings), context: target.context });
  const namespace = `${config.namespacePrefix}-app`;
  const [all, backup, care, services] = await Promise.all([
    kube.pods(),
    kube.cronJob(namespace, "backup"),
    Promise.all(Object.keys(careJobs).map(async (name) => [name, await kube.cronJob(namespace, name)] as const)),
    target.kind === "embedded" ? askAll(world, config.endpoints) : [],
  ]);
  // A named context may be shared: what others run there is theirs to look after.
  const pods = cluster ? all : all.filter(({ namespace }) => namespace.startsWith(`${config.namespacePrefix}-`));
  const known = care.filter((entry): entry is readonly [string, CronJob] => entry[1] !== undefined);
  return { ...(cluster ? { cluster } : {}), pods, services, backup, care: Object.fromEntries(known) };
}

/** What is not as it should be, one sentence each. */
export function problems({ cluster, pods, services, backup, care }: Facts): string[] {
  if (cluster && cluster.phase !== "running") return [`the cluster is ${cluster.phase}: run \`golive up\``];
  const down = cluster ? notReady(cluster) : [];
  const sick = pods.filter(isSick);
  return [
    ...(down.length > 0 ? [`${down.join(", ")} of the cluster is down: run \`golive cluster start\``] : []),
    ...(pods.some(({ namespace }) => namespace.endsWith("-app"))
      ? []
      : ["no pod of the platform runs: run `golive up`"]),
    ...sick.map(
      (pod) =>
        `${pod.namespace}/${pod.name} is ${pod.trouble ?? pod.phase}: run \`golive logs ${pod.component || pod.name}\``,
    ),
    ...services.flatMap(({ endpoint, trouble }) =>
      trouble === undefined ? [] : [`${endpoint.what} at ${endpoint.health}: ${trouble}`],
    ),
    ...(backup?.suspended ? ["backups are suspended"] : []),
    ...Object.entries(care).flatMap(([name, { suspended }]) => (suspended ? [`${name} is suspended`] : [])),
  ];
}

/** A pod of a Job that has ended well is as it should be. */
function isSick(pod: Pod): boolean {
  if (pod.trouble !== undefined) return true;
  if (pod.phase === "Succeeded" || pod.phase === "Terminating") return false;
  return pod.job ? pod.phase === "Failed" : !pod.ready;
}

function statusText(world: World, { stack, target }: Settings, facts: Facts, wrong: readonly string[]): string {
  const { cluster, pods, services, backup, care } = facts;
  const lines = [`stack ${stack} on ${target.context}${cluster ? ` (embedded, ${cluster.phase})` : ""}`];
  if (cluster && cluster.phase === "running") {
    const all = Object.keys(cluster.components).length;
    lines.push("", `Control plane: ${all - notReady(cluster).length} of ${all} ready`);
  }
  const running = pods.filter(({ job, phase }) => !job && phase !== "Terminating");
  if (running.length > 0) lines.push("", "Pods:", table(byComponent(running), "  "));
  if (services.length > 0) {
    lines.push(
      "",
      "Services:",
      table(
        services.map(({ endpoint, trouble }) => [
          trouble === undefined ? "ok" : "DOWN",
          endpoint.what,
          endpoint.page,
          trouble ?? "",
        ]),
        "  ",
      ),
    );
  }
  if (backup) lines.push("", `Last backup: ${lastBackup(world, backup)}`);
  for (const [name, title] of Object.entries(careJobs)) {
    const at = care[name]?.lastSucceeded;
    if (at !== undefined) lines.push(`${title}: ${since(world, at)}`);
  }
  lines.push(
    "",
    ...(wrong.length === 0
      ? ["Everything is as it should be."]
      : ["Not as it should be:", ...wrong.map((line) => `  ${line}`)]),
  );
  return lines.join("\n");
}

function byComponent(pods: readonly Pod[]): string[][] {
  const groups = Map.groupBy(pods, ({ namespace, component, name }) => `${namespace}/${component || name}`);
  return [...groups].sort().map(([name, members]) => {
    const ready = members.filter((pod) => pod.ready).length;
    const restarts = members.reduce((sum, pod) => sum + pod.restarts, 0);
    return [
      ready === members.length ? "ok" : "DOWN",
      name,
      `${ready}/${members.length} ready`,
      restarts > 0 ? `${restarts} restarts` : "",
    ];
  });
}

function lastBackup(world: World, { lastSucceeded }: CronJob): string {
  if (lastSucceeded === undefined) return "none by schedule yet; `golive backup run` makes one now";
  return since(world, lastSucceeded);
}

const since = (world: World, at: string): string =>
  `${at}, ${elapsed(world.clock.now().getTime() - Date.parse(at))} ago`;
