import type { Logger } from "pino";
import type { Database } from "../database/database.ts";

/** State of the database as a probe sees it. */
export interface DatabaseCheck {
  readonly status: "up" | "read-only" | "down";
  readonly latencyMs: number;
}

/** Probes of several kubelets and people share one question to the database within this time. */
const freshForMs = 500;

/** Whether this replica should get requests, and why not. */
export class Readiness {
  readonly #database: Database;
  readonly #log: Logger;
  #lastStatus: DatabaseCheck["status"] = "up";
  #migrated = false;
  #draining = false;
  readonly #onDrain: (() => void)[] = [];
  #last: { at: number; check: Promise<DatabaseCheck> } | undefined;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  schemaIsCurrent(): void {
    this.#migrated = true;
  }

  drain(): void {
    this.#draining = true;
    for (const act of this.#onDrain) act();
  }

  onDrain(act: () => void): void {
    this.#onDrain.push(act);
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Undefined when ready. */
  async notReadyBecause(): Promise<string | undefined> {
    if (this.#draining) return "draining";
    if (!this.#migrated) return "migrations have not run yet";
    const { status } = await this.checkDatabase();
    return status === "up" ? undefined : `the database is ${status}`;
  }

  checkDatabase(): Promise<DatabaseCheck> {
    const now = performance.now();
    if (!this.#last || now - this.#last.at > freshForMs) this.#last = { at: now, check: this.#ask() };
    return this.#last.check;
  }

  async #ask(): Promise<DatabaseCheck> {
    const started = performance.now();
    let cause: unknown;
    const status = await this.#database.isWritable().then(
      (writable) => (writable ? "up" : "read-only"),
      (error: unknown) => {
        cause = error;
        return "down" as const;
      },
    );
    this.#tellChange(status, cause);
    return { status, latencyMs: Math.round((performance.now() - started) * 10) / 10 };
  }

  /** One line a change; a probe every few seconds would drown it. */
  #tellChange(status: DatabaseCheck["status"], cause: unknown): void {
    if (status === this.#lastStatus) return;
    this.#lastStatus = status;
    if (status === "up") this.#log.info("the database is up again");
    else this.#log.error({ err: cause, status }, "the database is lost to this replica");
  }
}
