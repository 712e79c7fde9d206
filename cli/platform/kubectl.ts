import { exitStatus } from "../core/child.ts";
import { verb } from "../core/verb.ts";
import { readSettings, stackName } from "../stack/settings.ts";
import { kubectlFor } from "./kubectl-command.ts";

export const kubectl = verb({
  about: "run kubectl against the stack's cluster",
  details:
    "Runs kubectl with the kubeconfig and the context of a stack; everything behind the word kubectl is passed on untouched, and the exit " +
    "status is kubectl's own. The stack is $GOLIVE_STACK, or local. For golive's own help on it: golive --help.",
  args: [{ name: "args", about: "whatever kubectl takes", rest: true }],
  examples: [
    { run: "golive kubectl get pods -A", about: "every pod" },
    { run: "GOLIVE_STACK=staging golive kubectl get nodes", about: "another stack" },
  ],
  exits: ["CONFIG_INVALID", "TOOL_MISSING"],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, {}));
    const { file, target } = await kubectlFor(world, settings);
    const ended = await world.spawn(file, [...target, ...((input.args ?? []) as readonly string[])], {
      output: "inherit",
    });
    return { exit: exitStatus(ended), text: "" };
  },
});
