import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import type { World } from "../core/world.ts";
import type { OpenStack, Program } from "./engine.ts";
import { type Holder, lockStack, type StackLock } from "./lock.ts";
import { held, pulumiLocks } from "./pulumi-locks.ts";
import { newSecret, passphraseFile, seedKey } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { prepareWorkDir } from "./workdir.ts";

/** Takes the stack for one verb and gives it back whatever happens. */
export async function withStackLock<T>(
  world: World,
  stack: string,
  verb: string,
  run: (lock: StackLock) => Promise<T>,
): Promise<T> {
  const lock = lockStack(join(world.places.state, "locks", `stack-${stack}`), verb, world.clock.now());
  try {
    if (lock.inherited) {
      world.note(
        `the last run (golive ${lock.inherited.verb}, pid ${lock.inherited.pid}) was killed; clearing up after it`,
      );
      await endOrphan(lock.inherited);
    }
    return await run(lock);
  } finally {
    lock.release();
  }
}

/** The folder where the engine works, and the environment that it and plain `pulumi` need. */
export function pulumiEnv(world: World, settings: Settings, toolFolders: readonly string[]): Record<string, string> {
  const { env } = world;
  const ownPassphrase = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  const state = join(settings.folder, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  return {
    PULUMI_BACKEND_URL: env.PULUMI_BACKEND_URL ?? pathToFileURL(state).href,
    ...(ownPassphrase ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(settings.folder) }),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The embedded cluster's provider is on PATH; nothing is fetched, and a home folder is not needed.
    ...(settings.target.kind === "embedded" && env.PULUMI_HOME === undefined
      ? { PULUMI_HOME: join(world.places.state, "pulumi-home") }
      : {}),
    PATH: [...toolFolders, env.PATH ?? "/usr/bin:/bin"].join(delimiter),
  };
}

/** Opens the stack for work: files in place, locks of dead runs gone, seed made, unfinished business settled. */
export async function openStack(
  world: World,
  settings: Settings,
  lock: StackLock,
  program: Program,
  report: (line: string) => void,
): Promise<OpenStack> {
  const toolchain = await world.toolchain();
  const pulumi = toolchain.toolPath("pulumi");
  const folders = [...new Set([pulumi, toolchain.toolPath("pulumi-resource-kubernetes")].map((path) => dirname(path)))];
  const env = pulumiEnv(world, settings, folders);
  const workDir = join(settings.folder, "work");
  prepareWorkDir(workDir, world.places.repo, settings.stack, [seedKey]);
  const log = join(settings.folder, "last-update.log");
  writeFileSync(log, "", { mode: 0o600 });
  const stale = staleLocks(env.PULUMI_BACKEND_URL ?? "", settings);
  const stack = await (await world.engine()).open({
    stack: settings.stack,
    project: settings.project,
    workDir,
    env,
    pulumi,
    program,
    log: (text) => appendFileSync(log, redact(text)),
    onChild: (pid) => lock.note(pid),
  });
  if (stale > 0) {
    report("taking away the state lock of a run that was killed");
    await stack.cancel();
  }
  if (!(await stack.hasConfig(seedKey))) await stack.setSecret(seedKey, newSecret());
  if ((stale > 0 || lock.inherited) && (await stack.pending()) > 0) {
    report("a run was killed halfway: comparing the state with the cluster");
    await stack.refresh(report);
  }
  return stack;
}

/** Remembers which embedded cluster holds the stack: deleting that cluster ends the stack's state too. */
export function markCluster({ folder, target }: Settings): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (target.kind === "embedded") writeFileSync(join(folder, "cluster"), `${target.cluster}\n`);
}

/** Counts locks that nobody holds; a held one is an error that names its process. */
function staleLocks(backendUrl: string, { project, stack }: Settings): number {
  const locks = pulumiLocks(backendUrl, project, stack);
  const [live] = held(locks, (pid) => alive(pid));
  if (live) {
    throw new GoliveError(
      "LOCKED",
      `pulumi (pid ${live.pid} on ${live.hostname}, since ${live.timestamp}) holds stack "${stack}"`,
      "Wait for it to end, then run the same command again.",
    );
  }
  return locks.length;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** A pulumi that outlived its golive works on a program that is gone. It is told to stop in good order, then made to. */
async function endOrphan({ child }: Holder): Promise<void> {
  if (child === undefined || !isPulumi(child)) return;
  process.kill(-child, "SIGINT");
  for (const until = Date.now() + 20_000; Date.now() < until && isPulumi(child); ) await wait(200);
  if (isPulumi(child)) process.kill(-child, "SIGKILL");
}

function isPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]?.endsWith("pulumi") ?? false;
  } catch {
    return false;
  }
}
