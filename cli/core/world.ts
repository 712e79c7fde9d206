import type { Kube } from "../kube/kube.ts";
import type { Engine } from "../stack/engine.ts";
import type { PlatformApi } from "../stack/platform-api.ts";
import type { ClusterApi, ImagesApi, Report, ToolchainApi } from "./local-api.ts";

/** What the terminal can do; decided once, in `main.ts`. */
export interface Terminal {
  readonly isTTY: boolean;
  readonly colour: boolean;
  readonly columns: number;
}

export interface Places {
  /** Where Pulumi.yaml is. */
  readonly repo: string;
  readonly cache: string;
  readonly state: string;
}

/** How a child process ended. Exactly one of the two is set. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Not ended by Ctrl-C: for clearing up after one. */
  readonly evenWhenAborted?: boolean;
  /** `inherit`: the child owns the terminal. A function gets each line of stdout and stderr. */
  readonly output: "inherit" | "ignore" | ((line: string, stream: "stdout" | "stderr") => void);
}

/** One thing that is done in order; what `run` returns is shown behind its title. */
export interface Step {
  readonly title: string;
  /** Runs after Ctrl-C too: for clearing up. */
  readonly evenWhenAborted?: boolean;
  /** A reason not to run it, shown instead. */
  readonly skip?: () => string | false;
  run(report: Report): Promise<string | undefined>;
}

/** Everything a verb can touch. Tests hand over their own. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly places: Places;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C; everything long is given it. */
  readonly signal: AbortSignal;
  /** `wait` ends with Ctrl-C, unless it is part of clearing up. */
  readonly clock: { now(): Date; wait(ms: number, options?: { evenWhenAborted: boolean }): Promise<void> };
  readonly fetch: typeof fetch;
  spawn(file: string, args: readonly string[], options: SpawnOptions): Promise<Ended>;
  /** Free bytes of the file system that a folder is or will be on. */
  freeBytes(folder: string): number;
  /** True when nothing listens on 127.0.0.1:port. */
  portFree(port: number): Promise<boolean>;
  /** Where the embedded cluster keeps its admin's kubeconfig, whether it runs or not. */
  kubeconfigOf(cluster: string): Promise<string>;
  /** What the embedded cluster needs of this machine, and what there is. */
  hostFindings(): Promise<readonly { check: string; ok: boolean; present: string; needed: string; hint?: string }[]>;
  readonly stdinIsTTY: boolean;
  /** Asks a question that needs a yes. Only called when the terminal is one. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line. Only called when the terminal is one. */
  ask(question: string): Promise<string>;
  /** Runs steps in order with progress on stderr; the first that fails stops the rest. */
  steps(steps: readonly Step[]): Promise<void>;
  /** A line for people while a verb runs, on stderr. */
  note(line: string): void;
  /** A line of the verb's own result that cannot wait for its end (log streams), on stdout. */
  emit(line: string): void;
  /** Loaded when first asked for: help needs none of them. */
  toolchain(): Promise<ToolchainApi>;
  cluster(): Promise<ClusterApi>;
  images(): Promise<ImagesApi>;
  platform(): Promise<PlatformApi>;
  engine(): Promise<Engine>;
  kube(target: { kubeconfig: string; context: string }): Promise<Kube>;
}
