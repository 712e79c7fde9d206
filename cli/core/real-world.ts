import { statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { redact } from "@golive/errors/redact.ts";
import { cacheDir, stateDir } from "@golive/local/places.ts";
import { runChild } from "./child.ts";
import { runSteps } from "./progress.ts";
import type { Terminal, World } from "./world.ts";

export interface RealWorldOptions {
  readonly debug: boolean;
  readonly signal: AbortSignal;
  readonly children: Set<number>;
}

/** The world as it is. Heavy parts (Kubernetes client, Automation API) load when a verb first asks for them. */
export function realWorld({ signal, children }: RealWorldOptions): World {
  const { env, stderr, stdout } = process;
  const terminal: Terminal = {
    // Progress goes to stderr, so that is the stream that decides.
    isTTY: stderr.isTTY === true && env.TERM !== "dumb" && env.CI === undefined,
    colour: stderr.isTTY === true && !env.NO_COLOR,
    columns: stderr.columns ?? 100,
  };
  const places = {
    repo: fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, ""),
    cache: cacheDir(),
    state: stateDir(),
  };
  return {
    env,
    places,
    terminal,
    signal,
    fetch,
    clock: {
      now: () => new Date(),
      wait: (ms, options) => wait(ms, undefined, options?.evenWhenAborted ? {} : { signal }),
    },
    spawn: (file, args, options) =>
      runChild(file, args, options.evenWhenAborted ? options : { ...options, signal, groups: children }),
    stdinIsTTY: process.stdin.isTTY === true,
    confirm,
    ask,
    hostFindings: async () => (await import("@golive/local/cluster/preflight.ts")).preflight(),
    freeBytes,
    portFree,
    kubeconfigOf: async (cluster) => (await import("@golive/local/cluster/layout.ts")).layout(cluster).kubeconfig,
    steps: (steps) => runSteps(steps, { terminal, stream: stderr, signal }),
    note: (line) => void stderr.write(`${redact(line)}\n`),
    emit: (line) => void stdout.write(`${line}\n`),
    toolchain: () => import("@golive/local/toolchain/index.ts"),
    cluster: () => import("@golive/local/cluster/index.ts"),
    images: () => import("@golive/local/images/index.ts"),
    platform: async () => (await import("../stack/platform.ts")).platformApi,
    engine: async () => (await import("../stack/automation.ts")).automationEngine({ signal, groups: children }),
    kube: async (target) => (await import("../kube/client.ts")).kubeClient(target, signal),
  };

  async function confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test(await ask(`${question} [y/N]`));
  }

  async function ask(question: string): Promise<string> {
    const lines = createInterface({ input: process.stdin, output: stderr });
    try {
      return (await lines.question(`${question} `, { signal })).trim();
    } finally {
      lines.close();
    }
  }
}

/** Of the nearest folder that exists: the asked one may be made later. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}

async function portFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
