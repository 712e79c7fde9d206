import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { execa, type ResultPromise } from "execa";
import type { Progress } from "../report.ts";
import { buildArguments } from "./build-arguments.ts";
import { goEnv } from "./go.ts";
import { moduleDir, toolDir } from "./programs.ts";
import { type Tool, type ToolName, tool } from "./tools.ts";

/** "3 m 05 s" */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}

/** Ends when the process has ended, whatever its fate; so that no compiler outlives an interrupted run. */
export async function settled(child: ResultPromise): Promise<void> {
  await child.catch(() => undefined);
}

async function embedFiles(go: string, name: ToolName, signal: AbortSignal): Promise<void> {
  for (const [beside, { module, file }] of Object.entries(tool(name).embed ?? {})) {
    const { stdout } = await execa(go, ["list", "-m", "-f", "{{.Dir}}", module], {
      cwd: moduleDir(name),
      env: goEnv(),
      cancelSignal: signal,
    });
    // A copy of a module's file is read-only, and a second build must be able to write it again.
    const target = join(moduleDir(name), beside);
    rmSync(target, { force: true });
    copyFileSync(join(stdout.trim(), file), target);
  }
}

/**
 * Downloads what a tool is made of. `go list` fetches exactly the modules that the build reads; `go mod download` would
 * fetch every module of the graph.
 */
export async function fetchModules(go: string, name: ToolName, signal: AbortSignal): Promise<void> {
  const { packages, tags = [], embed = {} } = tool(name);
  const env = goEnv();
  for (const { module } of Object.values(embed))
    await execa(go, ["mod", "download", module], { cwd: moduleDir(name), env, cancelSignal: signal });
  await embedFiles(go, name, signal);
  await execa(go, ["list", "-deps", ...(tags.length > 0 ? [`-tags=${tags.join(",")}`] : []), ...packages], {
    cwd: moduleDir(name),
    env,
    cancelSignal: signal,
    stdout: "ignore",
  });
}

/** Import paths of a tool's own packages, as `go build -v` prints them. */
async function mainPackages(go: string, name: ToolName, signal: AbortSignal): Promise<Set<string>> {
  const { packages, tags = [] } = tool(name);
  const tagged = tags.length > 0 ? [`-tags=${tags.join(",")}`] : [];
  const options = { cwd: moduleDir(name), env: goEnv(), cancelSignal: signal };
  const { stdout } = await execa(go, ["list", ...tagged, ...packages], options);
  return new Set(stdout.split("\n"));
}

export interface BuildProgress extends Progress {
  /** Called once all is compiled and only the linker, which keeps one core busy, is left. Not called when all was compiled before. */
  readonly onLinking?: () => void;
}

/**
 * Builds one tool into its folder. All or nothing: programs appear under their final path by one rename; what was
 * compiled before an interrupt stays in the build cache and is not compiled again.
 */
export async function buildTool(
  go: string,
  name: ToolName,
  { report, signal, onLinking }: BuildProgress,
): Promise<void> {
  const facts = tool(name);
  const final = toolDir(name);
  const partial = `${final}.partial`;
  const out = join(partial, "bin");
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const started = Date.now();
  let compiled = 0;
  const tick = () => {
    const spent = (Date.now() - started) / 1000;
    report(
      `${name} ${facts.version}: ${compiled} packages compiled, ${duration(spent)} of about ${duration(facts.seconds)}`,
    );
  };
  const timer = setInterval(tick, 5_000);
  tick();
  try {
    await fetchModules(go, name, signal);
    const left = await mainPackages(go, name, signal);
    const child = execa(go, buildArguments(facts, out), {
      cwd: moduleDir(name),
      env: goEnv(),
      cancelSignal: signal,
      forceKillAfterDelay: 5_000,
    });
    const compiling = (async () => {
      // A package is named when its compiler starts, so the main packages come after everything that they are made of.
      for await (const line of child.iterable({ from: "stderr" })) {
        compiled += 1;
        if (left.delete(line) && left.size === 0) onLinking?.();
      }
    })();
    await Promise.all([child, compiling]);
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    if (signal.aborted) throw signal.reason;
    throw buildError(name, cause);
  } finally {
    clearInterval(timer);
  }
  for (const [program, file] of Object.entries(facts.programs))
    if (program !== file && !existsSync(join(out, program))) linkOrRename(out, program, file, facts);
  rmSync(final, { recursive: true, force: true });
  renameSync(partial, final);
}

function linkOrRename(out: string, program: string, file: string, { programs }: Tool): void {
  const shared = Object.values(programs).filter((other) => other === file).length > 1;
  if (shared) symlinkSync(file, join(out, program));
  else renameSync(join(out, file), join(out, program));
}

function buildError(name: ToolName, cause: unknown): GoliveError {
  const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : String(cause);
  // -v prints a line a package; what went wrong stands in the last ones.
  const last = stderr
    .split("\n")
    .filter((line) => /[ :]/.test(line))
    .slice(-6)
    .join("\n  ");
  if (/no space left on device/i.test(stderr))
    return new GoliveError(
      "DISK_FULL",
      `the disk filled up while ${name} was built`,
      "Free some space, then run the same command again; what is compiled stays.",
      { cause },
    );
  if (/dial tcp|no such host|TLS handshake|i\/o timeout|connection refused|403 Forbidden/.test(stderr))
    return new GoliveError(
      "TOOL_BUILD_FAILED",
      `the modules of ${name} could not be fetched:\n  ${last}`,
      "Check GOPROXY and the network, then run the same command again.",
      { cause },
    );
  return new GoliveError(
    "TOOL_BUILD_FAILED",
    `${name} did not build:\n  ${last}`,
    "Run the same command again; if it repeats, the pinned modules and this Go version do not fit.",
    { cause },
  );
}
