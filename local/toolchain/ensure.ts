import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../places.ts";
import type { Progress } from "../report.ts";
import { buildTool, duration, fetchModules } from "./build.ts";
import { discardBuildDir } from "./discard.ts";
import { requireFree } from "./disk.ts";
import { buildDir, findGo } from "./go.ts";
import { withToolLock } from "./lock.ts";
import { fittingOnPath } from "./on-path.ts";
import { builtPath, currentDirs, toolDir } from "./programs.ts";
import { type ProgramName, type ToolName, tool, toolNames } from "./tools.ts";

const gib = 1024 ** 3;
/** Modules, build cache and programs of a cold build of everything: 17.4 GB at its peak, measured. */
const peakBytes = 18 * gib;
/** A build in which most is there already. */
const smallBytes = 4 * gib;

/** Whether every program of a tool is there, built by this recipe or fitting on PATH. */
export function isReady(name: ToolName): boolean {
  return Object.keys(tool(name).programs).every(
    (program) => existsSync(builtPath(program as ProgramName)) || fittingOnPath(program as ProgramName) !== undefined,
  );
}

/** Tools that `ensureTools` would build, in build order. */
export function missingTools(names: readonly ToolName[] = toolNames): ToolName[] {
  return toolNames.filter((name) => names.includes(name) && !isReady(name));
}

/** Where a program is: on PATH in a fitting version, else in the cache. It exists after `ensureTools`. */
export function toolPath(program: ProgramName): string {
  const built = builtPath(program);
  return existsSync(built) ? built : (fittingOnPath(program) ?? built);
}

/**
 * Makes sure that every program of these tools is there; builds what is missing. A second run waits for the first;
 * an interrupted one goes on where it was. Throws TOOL_MISSING without Go, DISK_FULL before it starts, TOOL_BUILD_FAILED.
 */
export async function ensureTools(names: readonly ToolName[], progress: Progress): Promise<void> {
  if (missingTools(names).length === 0) return;
  await withToolLock(progress, async () => {
    const missing = missingTools(names);
    if (missing.length === 0) return;
    const go = await findGo();
    requireFree(
      cacheDir(),
      missing.length > 4 && !existsSync(buildDir()) ? peakBytes : smallBytes,
      "building the tools",
    );
    await buildAll(go, missing, progress);
    if (missingTools().length === 0) discardBuildDir();
    removeOldTools();
  });
}

async function buildAll(go: string, missing: readonly ToolName[], progress: Progress): Promise<void> {
  const total = missing.reduce((sum, name) => sum + tool(name).seconds, 0);
  const stop = new AbortController();
  const signal = AbortSignal.any([progress.signal, stop.signal]);
  // While the processor compiles one tool, the network fetches the modules of the next ones.
  const fetching = (async () => {
    for (const name of missing.slice(1)) await fetchModules(go, name, signal);
  })().catch(() => undefined); // the build itself says what could not be fetched
  const builds: Promise<void>[] = [];
  try {
    let done = 0;
    for (const [index, name] of missing.entries()) {
      const left = duration(total - done);
      const report = (line: string) => progress.report(`[${index + 1}/${missing.length}, about ${left} left] ${line}`);
      const linking = Promise.withResolvers<void>();
      const built = buildTool(go, name, { report, signal, onLinking: linking.resolve });
      builds.push(built);
      // The linker leaves a core idle: the next tool begins to compile beside it. Two at once, and no more.
      await Promise.all([builds.at(-2), Promise.race([linking.promise, built])]);
      done += tool(name).seconds;
    }
    await builds.at(-1);
  } finally {
    stop.abort();
    // No compiler outlives an interrupted run.
    await Promise.allSettled([...builds, fetching]);
  }
}

/** Keeps the folders of this checkout and, for each tool, the newest other one: a neighbour checkout may use it. */
function removeOldTools(): void {
  const dir = join(cacheDir(), "bin");
  const current = currentDirs();
  for (const entry of readdirSync(dir)) {
    const folder = join(dir, entry);
    if (entry.endsWith(".partial")) rmSync(folder, { recursive: true, force: true });
  }
  const old = readdirSync(dir)
    .map((entry) => join(dir, entry))
    .filter((folder) => !current.has(folder) && toolNames.some((name) => folder.startsWith(join(dir, `${name}-`))))
    .filter((folder) => !folder.endsWith(".lock"));
  for (const folder of old)
    if (existsSync(toolDir(ownerOf(folder, dir)))) rmSync(folder, { recursive: true, force: true });
}

function ownerOf(folder: string, dir: string): ToolName {
  const owners = toolNames.filter((name) => folder.startsWith(join(dir, `${name}-`)));
  // "pulumi-kubernetes-4…" starts with "pulumi-" too: the longest name owns it.
  return owners.sort((a, b) => b.length - a.length)[0] as ToolName;
}
