import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { World } from "../core/world.ts";
import type { Settings } from "../stack/settings.ts";
import type { Command } from "./run-fence.ts";
import type { ShellRun } from "./run-shell.ts";

/** Where the commands of one page run. */
export interface Scratch {
  /** The run of a command, with what the commands before it have exported. */
  prepare(command: Command, signal: AbortSignal): ShellRun;
  remove(): void;
}

/** Variables of the caller that would lead a command to another database, cluster or stack than the page's. */
const misleading = /^(PG[A-Z]+|KUBECONFIG|GOLIVE_STACK|GOLIVE_NAME|BASH_ENV|ENV|PULUMI_STACK)$/;

/** An empty folder with `./golive` in it, and a home folder of its own where nothing of the real one is needed. */
export function scratch(world: World, settings: Settings): Scratch {
  const root = mkdtempSync(join(tmpdir(), "golive-runbook-"));
  const [work, home] = [join(root, "work"), join(root, "home")];
  for (const folder of [work, home]) mkdirSync(folder);
  const launcher = join(work, "golive");
  writeFileSync(launcher, `#!/bin/sh\nexec ${shellWord(join(world.places.repo, "golive"))} "$@"\n`);
  chmodSync(launcher, 0o755);
  const [step, exported] = [join(root, "step.sh"), join(root, "exported.sh")];
  const env = environment(world, settings, home);
  return {
    prepare({ text, limitMs }, signal) {
      const before = existsSync(exported) ? readFileSync(exported, "utf8") : "";
      const keep = `export -p > ${shellWord(exported)}`;
      // On the way out as well: a command that is meant to fail has exported something, too.
      writeFileSync(step, `${before}\ncd ${shellWord(work)}\ntrap ${shellWord(keep)} EXIT\n${text}\n${keep}\n`, {
        mode: 0o600,
      });
      return { script: step, cwd: work, env, limitMs, signal };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function environment(world: World, { stack, target }: Settings, home: string): Record<string, string> {
  const own = Object.entries(world.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !misleading.test(entry[0]),
  );
  // A context of somebody's kubeconfig may log in by programs and files below the real home.
  const elsewhere =
    target.kind === "embedded"
      ? { HOME: home }
      : { ...(world.env.KUBECONFIG ? { KUBECONFIG: world.env.KUBECONFIG } : {}) };
  return {
    ...Object.fromEntries(own),
    ...elsewhere,
    // Tools and Node are in the cache of whoever runs this, wherever the home is.
    XDG_CACHE_HOME: dirname(world.places.cache),
    GOLIVE_STATE: world.places.state,
    GOLIVE_STACK: stack,
    NO_COLOR: "1",
    TERM: "dumb",
    PAGER: "cat",
    LC_ALL: "C.UTF-8",
  };
}

const shellWord = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
