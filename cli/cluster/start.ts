import { nameFlag, verb } from "../core/verb.ts";
import { clusterName } from "../stack/settings.ts";

/** What the cluster itself is made of; `up` brings the rest. */
const clusterTools = ["kubernetes", "local-path-provisioner", "kube-router", "coredns"] as const;

export const start = verb({
  about: "start the embedded cluster, or bring back what is missing of it",
  details:
    "Starts the embedded Kubernetes of this machine, with the volumes and objects it had. What runs already is left alone.",
  json: true,
  flags: { name: nameFlag },
  examples: [{ run: "golive cluster start", about: "after a reboot; `golive up` does it too" }],
  exits: ["TOOL_MISSING", "TOOL_BUILD_FAILED", "HOST_UNFIT", "PORT_TAKEN", "CLUSTER_FAILED", "INTERRUPTED"],
  async run(world, input) {
    const name = await clusterName(world, input);
    const { signal } = world;
    let json: unknown;
    let text = "";
    await world.steps([
      {
        title: "Tools",
        run: async (report) => {
          await (await world.toolchain()).ensureTools(clusterTools, { report, signal });
          return `${clusterTools.length} in place`;
        },
      },
      {
        title: `Cluster ${name}`,
        run: async (report) => {
          const cluster = await (await world.cluster()).startCluster({ name, report, signal });
          json = cluster;
          text = `cluster ${name} runs at https://${cluster.nodeIp}:6443\nnext: golive kubectl get pods -A`;
          return "ready";
        },
      },
    ]);
    return { exit: 0, json, text };
  },
});
