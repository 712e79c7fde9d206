import { existsSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { consent } from "../core/consent.ts";
import { stackArg, verb, yesFlag } from "../core/verb.ts";
import { type Changes, describeChanges } from "./engine.ts";
import { checkContext, contextTools } from "./prepare.ts";
import { openStack, withStackLock } from "./session.ts";
import { readSettings, stackName } from "./settings.ts";

export const destroy = verb({
  about: "remove everything that `up` made in the cluster, data included",
  details:
    "Removes every resource of a stack from its cluster: databases, volumes, backups in the cluster's own object store. Protected " +
    "resources (all data outside local) make it fail before anything is removed. The cluster itself stays: golive cluster delete.",
  args: [stackArg],
  flags: { yes: yesFlag },
  json: true,
  examples: [
    { run: "golive destroy", about: "asks, then removes the local platform" },
    { run: "golive destroy --yes", about: "does not ask; needed where there is no terminal" },
  ],
  exits: [
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "LOCKED",
    "CLUSTER_FAILED",
    "CLUSTER_UNREACHABLE",
    "UPDATE_FAILED",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const { stack, target } = settings;
    await consent(
      world,
      input,
      `Remove everything of stack "${stack}" from context "${target.context}", its data included?`,
      `golive destroy ${stack} --yes`,
    );
    const changes = await withStackLock(world, stack, "destroy", async (lock) => {
      let changes: Changes = {};
      const { signal } = world;
      await world.steps([
        {
          title: `Cluster ${target.context}`,
          run: async (report) => {
            if (target.kind === "context") return await checkContext(world, settings);
            const api = await world.cluster();
            if (!existsSync(await world.kubeconfigOf(target.cluster))) {
              throw new GoliveError(
                "CLUSTER_UNREACHABLE",
                `there is no cluster "${target.cluster}", so nothing of stack "${stack}" either`,
                "Run `golive up` to make it.",
              );
            }
            await api.startCluster({ name: target.cluster, report, signal });
            return "ready";
          },
        },
        {
          title: `Stack ${stack}`,
          run: async (report) => {
            await (await world.toolchain()).ensureTools(contextTools, { report, signal });
            // Nothing of the program runs: what is removed stands in the state.
            const open = await openStack(world, settings, lock, async () => ({}), report);
            changes = await open.destroy(report);
            return describeChanges(changes);
          },
        },
      ]);
      return changes;
    });
    return { exit: 0, json: { stack, changes }, text: `stack ${stack}: ${changes.delete ?? 0} resources removed` };
  },
});
