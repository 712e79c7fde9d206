import { setTimeout as delay } from "node:timers/promises";
import { DatabaseUnavailable } from "../database/failure.ts";
import { type ExecuteParts, executeRun, type StopReason } from "./execute.ts";
import type { ClaimedRun, RunProgress } from "./progress.ts";

export interface WorkerParts extends ExecuteParts {
  readonly progress: Pick<RunProgress, "beginStep" | "endStep" | "finish" | "claim" | "renew" | "failInterrupted">;
  /** Runs that this replica executes at once; the others wait in the database. */
  readonly concurrency: number;
  /** How often to look for runs that another replica queued, and for those that it left behind. */
  readonly pollMs: number;
}

interface Active {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** A lease is renewed this often within its time, so that one lost renewal is none. */
const renewalsPerLease = 3;

/** What those get that were told to stop, to write down that they did. */
const lastWordsMs = 2_000;

/**
 * Takes up queued runs and executes some of them at once. The queue is the table: a run that was accepted survives
 * every crash, and whoever is free takes the next one. Work runs outside of every request, also of the one that wakes
 * it.
 */
export class RunWorker {
  readonly #parts: WorkerParts;
  readonly #active = new Map<string, Active>();
  readonly #stopping = new AbortController();
  #wake: () => void = () => undefined;
  #woken = false;
  #loop: Promise<void> | undefined;
  #renewals: NodeJS.Timeout | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Once the schema is current. Runs that a crash left behind are found first. */
  start(): void {
    if (this.#loop) throw new Error("the worker is started twice");
    this.#loop = this.#work();
    this.#renewals = setInterval(() => void this.#renew(), this.#parts.leaseMs / renewalsPerLease);
  }

  /** There is something to do; it need not wait for the next look. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Ends a run that is executed here; one that is executed elsewhere hears of it with its next renewal. */
  cancel(id: string): void {
    this.#stop(id, "cancelled");
  }

  /** Takes up nothing more and lets what is going on finish; after `limitMs` it fails as interrupted. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    await this.#idle(limitMs);
    for (const id of this.#active.keys()) this.#stop(id, "interrupted");
    await this.#idle(lastWordsMs);
    clearInterval(this.#renewals);
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      try {
        await this.#failInterrupted();
        await this.#fill();
      } catch (error) {
        this.#failed(error, "runs cannot be taken up");
      }
      await this.#pause();
    }
  }

  async #failInterrupted(): Promise<void> {
    const { progress, metrics, log } = this.#parts;
    const count = await progress.failInterrupted([...this.#active.keys()]);
    if (count === 0) return;
    metrics.ended("failed", count);
    log.warn({ runs: count }, "runs whose executor went away were ended as interrupted");
  }

  async #fill(): Promise<void> {
    while (this.#active.size < this.#parts.concurrency && !this.#stopping.signal.aborted) {
      const run = await this.#parts.progress.claim();
      if (run === undefined) return;
      this.#execute(run);
    }
  }

  #execute(run: ClaimedRun): void {
    const stop = new AbortController();
    const done = executeRun(run, this.#parts, stop.signal).finally(() => {
      this.#active.delete(run.id);
      this.wake();
    });
    this.#active.set(run.id, { stop, done });
  }

  /** Speaks for the runs that are executed here, and hears which of them somebody cancelled or took away. */
  async #renew(): Promise<void> {
    const ids = [...this.#active.keys()];
    if (ids.length === 0) return;
    try {
      const renewed = new Map((await this.#parts.progress.renew(ids)).map((row) => [row.id, row.cancelRequested]));
      for (const id of ids) {
        if (!renewed.has(id)) this.#stop(id, "lost");
        else if (renewed.get(id)) this.#stop(id, "cancelled");
      }
    } catch (error) {
      this.#failed(error, "leases of runs cannot be renewed");
    }
  }

  #stop(id: string, reason: StopReason): void {
    this.#active.get(id)?.stop.abort(reason);
  }

  #failed(error: unknown, message: string): void {
    const { log, tracker } = this.#parts;
    log.warn({ err: error }, message);
    // An outage has its own alert, and this is tried again.
    if (!(error instanceof DatabaseUnavailable)) tracker.capture(error, { subsystem: "pipeline" });
  }

  /** Until the next look, or until somebody wakes it. */
  async #pause(): Promise<void> {
    if (this.#woken) return;
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, delay(this.#parts.pollMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }

  /** Until nothing is executed here any more, or `limitMs` is over. */
  async #idle(limitMs: number): Promise<void> {
    const timer = new AbortController();
    const all = Promise.all([...this.#active.values()].map(({ done }) => done));
    await Promise.race([all, delay(limitMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }
}
