import { existsSync } from "node:fs";
import type { World } from "../core/world.ts";
import { kubeconfigOf } from "../stack/env.ts";
import type { Settings } from "../stack/settings.ts";

/** kubectl and the arguments that tie it to a stack's cluster: always both, kubeconfig and context. */
export async function kubectlFor(
  world: World,
  settings: Settings,
): Promise<{ file: string; target: readonly string[] }> {
  const toolchain = await world.toolchain();
  const file = toolchain.toolPath("kubectl");
  // One of PATH will do; only where there is none it is built.
  if (!existsSync(file)) await toolchain.ensureTools(["kubernetes"], { report: world.note, signal: world.signal });
  return {
    file: toolchain.toolPath("kubectl"),
    target: ["--kubeconfig", await kubeconfigOf(world, settings), "--context", settings.target.context],
  };
}
