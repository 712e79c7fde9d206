import { nameFlag, verb } from "../core/verb.ts";
import { clusterName } from "../stack/settings.ts";

export const stop = verb({
  about: "stop the embedded cluster; its data stays",
  details:
    "Stops the embedded Kubernetes in good order: pods end, databases shut down, then the control plane. Volumes and objects stay.",
  flags: { name: nameFlag },
  examples: [{ run: "golive cluster stop", about: "gives the machine's memory back" }],
  exits: ["CLUSTER_FAILED", "INTERRUPTED"],
  async run(world, input) {
    const name = await clusterName(world, input);
    const { signal } = world;
    await world.steps([
      {
        title: `Stop cluster ${name}`,
        run: async (report) => {
          await (await world.cluster()).stopCluster({ name, report, signal });
          return "stopped";
        },
      },
    ]);
    return { exit: 0, text: `cluster ${name} is stopped; \`golive cluster start\` brings it back with its data` };
  },
});
