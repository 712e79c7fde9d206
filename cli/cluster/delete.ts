import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { consent } from "../core/consent.ts";
import { nameFlag, verb, yesFlag } from "../core/verb.ts";
import { withStackLock } from "../stack/session.ts";
import { clusterName } from "../stack/settings.ts";

export const remove = verb({
  about: "delete the embedded cluster with all its data",
  details:
    "Deletes the embedded Kubernetes: every database, volume and backup in it, and the Pulumi state of the stacks that lived there, " +
    "because it would describe what no longer exists. The stacks' passphrases stay, and so does the cache of tools and images.",
  flags: { name: nameFlag, yes: yesFlag },
  examples: [
    { run: "golive cluster delete", about: "asks first" },
    { run: "golive cluster delete --yes", about: "does not ask; needed where there is no terminal" },
  ],
  exits: ["LOCKED", "CLUSTER_FAILED", "INTERRUPTED"],
  async run(world, input) {
    const name = await clusterName(world, input);
    await consent(
      world,
      input,
      `Delete cluster "${name}" with everything in it, backups included?`,
      "golive cluster delete --yes",
    );
    const stacks = stacksIn(world.places.state, name);
    const { signal } = world;
    await world.steps([
      {
        title: `Delete cluster ${name}`,
        run: async (report) => {
          await (await world.cluster()).deleteCluster({ name, report, signal });
          return "gone";
        },
      },
      ...stacks.map((stack) => ({
        title: `Forget the state of stack ${stack}`,
        run: () => withStackLock(world, stack, "cluster delete", async () => forget(world.places.state, stack)),
      })),
    ]);
    return { exit: 0, text: `cluster ${name} is gone; \`golive up\` makes a new one` };
  },
});

/** Stacks whose last `up` went into this cluster. */
export function stacksIn(state: string, cluster: string): string[] {
  try {
    const folder = join(state, "stacks");
    return readdirSync(folder).filter((stack) => {
      try {
        return readFileSync(join(folder, stack, "cluster"), "utf8").trim() === cluster;
      } catch {
        return false;
      }
    });
  } catch {
    return [];
  }
}

function forget(state: string, stack: string): undefined {
  for (const part of ["state", "cluster"]) rmSync(join(state, "stacks", stack, part), { recursive: true, force: true });
  return undefined;
}
