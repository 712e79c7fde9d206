import { dirname, join } from "node:path";
import { stackArg, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { imagesFile } from "./prepare.ts";
import { pulumiEnv } from "./session.ts";
import { readSettings, type Settings, stackName } from "./settings.ts";

export const env = verb({
  about: "print the exports that plain `pulumi` and `kubectl` need for a stack",
  details:
    "Prints shell lines that set the backend, the passphrase's file, the tools' folders and the kubeconfig of a stack, so that plain " +
    "`pulumi` and `kubectl` work on the very state that golive works on. No secret is printed: files are named.",
  args: [stackArg],
  json: true,
  examples: [
    { run: 'eval "$(golive env)"', about: "this shell works on stack local" },
    { run: "golive env staging --json", about: "the same as one object" },
  ],
  exits: ["CONFIG_INVALID"],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const toolchain = await world.toolchain();
    const folders = [
      // Node too: the benchmarks and the drawing want the one that golive itself runs on.
      dirname(process.execPath),
      ...new Set(
        (["pulumi", "pulumi-resource-kubernetes", "kubectl"] as const).flatMap((name) =>
          folderOf(() => toolchain.toolPath(name)),
        ),
      ),
    ];
    const { PATH: _, ...variables } = pulumiEnv(world, settings, []);
    const all: Record<string, string> = {
      ...variables,
      GOLIVE_STACK: settings.stack,
      KUBECONFIG: await kubeconfigOf(world, settings),
      GOLIVE_IMAGES: imagesFile(settings),
      GOLIVE_OPERATOR_MANIFEST: toolchain.cnpgManifest(),
      PULUMI_STACK: settings.stack,
    };
    const lines = Object.entries(all).map(([name, value]) => `export ${name}=${quote(value)}`);
    if (folders.length > 0) lines.push(`export PATH=${folders.map(quote).join(":")}:"$PATH"`);
    // The salt and the seed are in the engine's own copy of the stack's file, never in the repository's.
    lines.push(
      `# pulumi preview --config-file ${quote(join(settings.folder, "work", `Pulumi.${settings.stack}.yaml`))}`,
    );
    return { exit: 0, json: { ...all, PATH: folders }, text: lines.join("\n") };
  },
});

/** A tool that is not there yet has no folder; `up` brings it. */
function folderOf(path: () => string): string[] {
  try {
    return [dirname(path())];
  } catch {
    return [];
  }
}

/** The kubeconfig that holds the stack's context. */
export async function kubeconfigOf(world: World, { target }: Settings): Promise<string> {
  return target.kind === "context" ? target.kubeconfig : await world.kubeconfigOf(target.cluster);
}

/** A word that every shell takes as it is. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
