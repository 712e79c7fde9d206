import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Progress } from "../report.ts";
import { toolPath } from "./ensure.ts";
import { buildDir, findGo, goEnv } from "./go.ts";
import { withToolLock } from "./lock.ts";
import { moduleDir, recipeHash, toolDir } from "./programs.ts";
import type { ToolName } from "./tools.ts";

const operator = { tool: "cloudnative-pg", module: "github.com/cloudnative-pg/cloudnative-pg" } as const;
const plugin = { tool: "plugin-barman-cloud", module: "github.com/cloudnative-pg/plugin-barman-cloud" } as const;
/** The plugin's one kind, as its makers' code generator wrote it. */
const pluginKind = "config/crd/bases/barmancloud.cnpg.io_objectstores.yaml";

/**
 * Path of the manifest of the CloudNativePG operator, as its makers' kustomization renders it, and of its plugin's kind
 * behind it. It exists after `ensureOperatorManifest`; another pin of either has another path.
 */
export function cnpgManifest(): string {
  return join(toolDir(operator.tool), `operator-${recipeHash(plugin.tool)}.yaml`);
}

/**
 * Made from the pinned modules, so that manifest and programs cannot drift apart.
 * Needs kubectl and the operator built; fetches the two modules again if the build cache is gone.
 */
export async function ensureOperatorManifest(progress: Progress): Promise<string> {
  const file = cnpgManifest();
  if (existsSync(file)) return file;
  return withToolLock(progress, async () => {
    if (existsSync(file)) return file;
    progress.report("rendering the CloudNativePG operator's manifest");
    const keep = existsSync(buildDir());
    const go = await findGo();
    const kustomization = join(await moduleFolder(go, operator, progress.signal), "config", "default");
    const { stdout: yaml } = await execa(toolPath("kubectl"), ["kustomize", kustomization], {
      cancelSignal: progress.signal,
    });
    const kind = readFileSync(join(await moduleFolder(go, plugin, progress.signal), pluginKind), "utf8");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.partial`, `${yaml}\n---\n${kind.replace(/^---\n/, "")}`);
    renameSync(`${file}.partial`, file);
    if (!keep) rmSync(buildDir(), { recursive: true, force: true });
    return file;
  });
}

/** Where a tool's main module is unpacked; fetched when it is not there. */
async function moduleFolder(
  go: string,
  { tool, module }: { tool: ToolName; module: string },
  signal: AbortSignal,
): Promise<string> {
  const options = { cwd: moduleDir(tool), env: goEnv(), cancelSignal: signal };
  await execa(go, ["mod", "download", module], options);
  const { stdout } = await execa(go, ["list", "-m", "-f", "{{.Dir}}", module], options);
  return stdout.trim();
}
