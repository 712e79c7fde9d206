import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Component, ComponentName } from "./components.ts";
import { inside } from "./layout.ts";
import { childOf, enter, killQuietly, toolInside, type World } from "./namespace.ts";
import { systemEnv } from "./run.ts";

export type ComponentState = "waiting" | "starting" | "ready" | "backing off" | "stopped";

export interface ComponentStatus {
  readonly state: ComponentState;
  readonly pid?: number;
  readonly restarts: number;
  /** Ends in a row, none of them after a calm minute: from six on it does not stay up by itself. */
  readonly failing: number;
  /** ISO time since when it is in this state. */
  readonly since: string;
  /** Resident memory; what it shares with others counts by its share. */
  readonly rssBytes?: number;
  /** How it ended last, if it did. */
  readonly lastExit?: string;
  readonly log: string;
}

/** Seconds before the n-th restart in a row: quick at first, as most ends are accidents; bounded, as somebody waits. */
export function backoffSeconds(restartsInARow: number): number {
  return Math.min(10, 0.5 * 2 ** Math.max(0, restartsInARow - 1));
}

/** A component that ran this long had started well: the next end counts as its first. */
const calmAfter = 60_000;

/** Keeps one program of the cluster running until told to stop. */
export class Supervised {
  #state: ComponentState = "waiting";
  #since = new Date();
  #restarts = 0;
  #inARow = 0;
  #lastExit: string | undefined;
  #process: ChildProcess | undefined;
  #pid: number | undefined;
  #stop = new AbortController();
  #done: Promise<void> | undefined;
  readonly name: ComponentName;
  readonly #what: Component;
  readonly #world: World;
  readonly #log: string;
  readonly #isReady: () => Promise<boolean>;

  constructor(name: ComponentName, what: Component, world: World, log: string, isReady: () => Promise<boolean>) {
    this.name = name;
    this.#what = what;
    this.#world = world;
    this.#log = log;
    this.#isReady = isReady;
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  run(wait: () => Promise<void>): void {
    this.#done = this.#loop(wait).catch((error) => {
      // The world ended while this one still waited for others.
      if ((error as Error).name !== "AbortError") console.error(`${this.name}:`, error);
    });
  }

  async #loop(wait: () => Promise<void>): Promise<void> {
    await wait();
    while (!this.#stop.signal.aborted) {
      const started = Date.now();
      const exit = await this.#once();
      this.#process = this.#pid = undefined;
      if (this.#stop.signal.aborted) break;
      this.#lastExit = `${exit} at ${new Date().toISOString()}`;
      this.#restarts++;
      this.#inARow = Date.now() - started > calmAfter ? 1 : this.#inARow + 1;
      const pause = backoffSeconds(this.#inARow);
      console.log(`${this.name} ended (${exit}); starting it again in ${pause} s`);
      this.#enter("backing off");
      await sleep(pause * 1000, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
    this.#enter("stopped");
  }

  /** One life of the program, from spawn to exit. */
  async #once(): Promise<string> {
    this.#enter("starting");
    const log = openSync(this.#log, "a", 0o600);
    const program = this.name === "containerd" ? this.name : toolInside(this.name);
    const [command, args] = enter(this.#world.pid, [
      "setpriv",
      "--pdeathsig",
      "KILL",
      "--",
      program,
      ...this.#what.args,
    ]);
    const env = systemEnv({ HOME: inside.tmp, TMPDIR: inside.tmp, ...this.#what.env });
    const child = spawn(command, args, { env, stdio: ["ignore", log, log] });
    closeSync(log);
    this.#process = child;
    const exit = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    let alive = true;
    void exit.then(() => {
      alive = false;
    });
    while (alive && !this.#stop.signal.aborted) {
      this.#pid ??= child.pid === undefined ? undefined : await childOf(child.pid);
      if (await this.#isReady()) {
        if (alive) this.#enter("ready");
        break;
      }
      await sleep(150);
    }
    return exit;
  }

  /** Asks the program to end, and makes it when it does not in time. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      // The signal goes to the program itself: nsenter, which waits for it, does not pass signals on.
      const pid = this.#pid ?? (child.pid === undefined ? undefined : await childOf(child.pid));
      const timer = setTimeout(() => (pid === undefined ? child.kill("SIGKILL") : killQuietly(pid)), graceMs);
      if (pid === undefined) child.kill("SIGKILL");
      else killQuietly(pid, "SIGTERM");
      await this.#done;
      clearTimeout(timer);
    }
    this.#enter("stopped");
  }

  async status(): Promise<ComponentStatus> {
    const rss = this.#pid === undefined ? undefined : await residentBytes(this.#pid);
    return {
      state: this.#state,
      ...(this.#pid === undefined ? {} : { pid: this.#pid }),
      restarts: this.#restarts,
      failing: this.#inARow,
      since: this.#since.toISOString(),
      ...(rss === undefined ? {} : { rssBytes: rss }),
      ...(this.#lastExit === undefined ? {} : { lastExit: this.#lastExit }),
      log: this.#log,
    };
  }

  #enter(state: ComponentState): void {
    this.#state = state;
    this.#since = new Date();
  }
}

/** Resident memory with shared pages counted by their share: the servers are one binary, mapped six times. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const kib = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
