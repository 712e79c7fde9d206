import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { exitStatus } from "../core/child.ts";
import { type Input, stackFlag, text, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import type { Pod } from "../kube/kube.ts";
import { kubeconfigOf } from "../stack/env.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";
import { kubectlFor } from "./kubectl-command.ts";

export const logs = verb({
  about: "show what a component says",
  details:
    "Shows the log of every pod of a component (gateway, postgres, jaeger, …), or the log file of a part of the embedded cluster's " +
    "control plane (kube-apiserver, etcd, kubelet, containerd, …).",
  args: [
    {
      name: "component",
      about: "gateway, postgres, valkey, object-store, jaeger, prometheus, alertmanager, kubelet, …",
      required: true,
    },
  ],
  flags: {
    stack: stackFlag,
    follow: { short: "f", about: "go on as it is written, until Ctrl-C" },
    tail: { value: "lines", type: "integer", about: "lines a pod, newest (default: 100)" },
    previous: { about: "of the container before the last restart" },
  },
  examples: [
    { run: "golive logs gateway -f", about: "both replicas, live" },
    { run: "golive logs postgres --tail 20", about: "the last lines of each instance" },
    { run: "golive logs kubelet", about: "a part of the control plane" },
  ],
  exits: ["CONFIG_INVALID", "CLUSTER_UNREACHABLE"],
  async run(world, input) {
    const component = text(input, "component") ?? "";
    const settings = await readSettings(world, stackName(world, input));
    const tail = String(input.tail ?? 100);
    const follow = input.follow === true;
    const file = await controlPlaneLog(world, settings, component);
    if (file !== undefined) {
      const ended = await world.spawn("tail", ["-n", tail, ...(follow ? ["-F"] : []), "--", file], {
        output: "inherit",
      });
      return { exit: exitStatus(ended), text: "" };
    }
    const kube = await world.kube({
      kubeconfig: await kubeconfigOf(world, settings),
      context: settings.target.context,
    });
    const pods = await kube.pods();
    const own = pods.filter((pod) => pod.component === component);
    const [first] = own;
    if (!first) throw unknown(component, pods);
    const { file: kubectl, target } = await kubectlFor(world, settings);
    const ended = await world.spawn(kubectl, [...target, ...kubectlArgs(first, own, tail, input)], {
      output: "inherit",
    });
    return { exit: exitStatus(ended), text: "" };
  },
});

/** One pod by its name; several by the label that they share, each line with its pod's name before it. */
function kubectlArgs(first: Pod, own: readonly Pod[], tail: string, input: Input): string[] {
  const which =
    own.length === 1 ? [first.name] : ["--selector", first.selector, "--prefix", "--max-log-requests", "50"];
  return [
    "logs",
    "--namespace",
    first.namespace,
    ...which,
    "--all-containers",
    "--tail",
    tail,
    ...(input.follow === true ? ["--follow"] : []),
    ...(input.previous === true ? ["--previous"] : []),
  ];
}

/** The embedded cluster's own parts log to files beside its kubeconfig. */
async function controlPlaneLog(world: World, { target }: Settings, component: string): Promise<string | undefined> {
  if (target.kind !== "embedded" || !/^[a-z][a-z0-9-]*$/.test(component)) return undefined;
  const path = join(dirname(await world.kubeconfigOf(target.cluster)), "log", `${component}.log`);
  return existsSync(path) ? path : undefined;
}

function unknown(component: string, pods: readonly Pod[]): GoliveError {
  const known = [...new Set(pods.map((pod) => pod.component).filter(Boolean))].sort();
  return new GoliveError(
    "USAGE",
    `no pod belongs to a component "${component}"`,
    known.length > 0 ? `Running are: ${known.join(", ")}.` : "Nothing runs there yet: `golive up`.",
  );
}
