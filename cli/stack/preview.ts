import { stackArg, verb } from "../core/verb.ts";
import { type Changes, unchanged } from "./engine.ts";
import { type Prepared, preparation, programOf } from "./prepare.ts";
import { openStack, withStackLock } from "./session.ts";
import { readSettings, stackName } from "./settings.ts";

export const preview = verb({
  about: "show what `up` would change, and change nothing in the stack",
  details:
    "Shows what `golive up` would change in a stack, resource by resource, and changes none of them. The comparison is made by the " +
    "cluster's API server, so the embedded cluster is started and images are built where they are missing.",
  args: [stackArg],
  json: true,
  examples: [
    { run: "golive preview", about: "what would change on this machine" },
    { run: "golive preview production --json", about: "counts by operation, for a pipeline" },
  ],
  exits: [
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "TOOL_MISSING",
    "LOCKED",
    "CLUSTER_FAILED",
    "CLUSTER_UNREACHABLE",
    "UPDATE_FAILED",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const planned: string[] = [];
    const changes = await withStackLock(world, settings.stack, "preview", async (lock) => {
      const prepared: Partial<Prepared> = {};
      let changes: Changes = {};
      await world.steps([
        ...preparation(world, settings, prepared),
        {
          title: `Stack ${settings.stack}`,
          run: async (report) => {
            const program = await programOf(world, settings, prepared);
            const stack = await openStack(world, settings, lock, program, report);
            const plan = await stack.preview(report);
            changes = plan.changes;
            planned.push(...plan.lines);
            return "compared";
          },
        },
      ]);
      return changes;
    });
    const json = { stack: settings.stack, unchanged: unchanged(changes), changes, planned };
    return {
      exit: 0,
      json,
      text: [`stack ${settings.stack}: ${counts(changes)}`, ...planned.map((line) => `  ${line}`)].join("\n"),
    };
  },
});

function counts(changes: Changes): string {
  if (unchanged(changes)) return `nothing to change, ${changes.same ?? 0} resources as they should be`;
  return Object.entries(changes)
    .filter(([, count]) => count > 0)
    .map(([op, count]) => (op === "same" ? `${count} as they should be` : `${count} to ${op}`))
    .join(", ");
}
