import { Redis } from "ioredis";
import type { Logger } from "pino";
import { LoopClock } from "../proxy/loop-clock.ts";

/** The first try comes soon, as most losses are restarts of the store; a long one is asked for every two seconds. */
const firstRetryMs = 100;
const maxRetryMs = 2_000;

const connectTimeoutMs = 2_000;

/** A connection that owes an answer for this long is given up; until the next one is there, nobody waits for it. */
const silenceMs = 2_000;

/** The server does not take writes, and an answer says so: after a failover the name leads to another one. */
const demoted = /\bREADONLY\b|\bMASTERDOWN\b/;

/**
 * Why the store has no count. Without the cause: errors of the client carry the command's arguments, the password among them.
 */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

export interface StoreOptions {
  /** A secret. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** The connection to Valkey. It is made, and made again, in the background; whoever asks meanwhile is told at once. */
export class LimitStore {
  readonly client: Redis;
  readonly #timeoutMs: number;
  readonly #log: Logger;
  readonly #clock = new LoopClock();
  #state: "unknown" | "up" | "down" | "closed" = "unknown";

  constructor({ url, timeoutMs, log }: StoreOptions) {
    this.#timeoutMs = timeoutMs;
    this.#log = log;
    this.client = new Redis(url, {
      connectTimeout: connectTimeoutMs,
      socketTimeout: silenceMs,
      retryStrategy: (attempt) => Math.min(firstRetryMs * 2 ** Math.min(attempt - 1, 10), maxRetryMs),
      reconnectOnError: (error) => demoted.test(error.message),
      // Whoever asked has decided without the answer by then; asking again would count the request twice.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
    });
    this.client.on("ready", () => this.#is("up"));
    this.client.on("error", (error: unknown) => this.#is("down", reasonOf(error)));
    this.client.on("close", () => this.#is("down", "the connection closed"));
  }

  /** Whether asking makes sense at all. */
  get isReady(): boolean {
    return this.client.status === "ready";
  }

  /** @throws StoreUnavailable at once without a connection, and after the timeout when no answer came */
  ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.isReady) return Promise.reject(new StoreUnavailable("there is no connection to the store"));
    return new Promise((resolve, reject) => {
      const callOff = this.#clock.after(this.#timeoutMs, () =>
        reject(new StoreUnavailable(`the store did not answer within ${this.#timeoutMs} ms`)),
      );
      question().then(resolve, reject).finally(callOff);
    });
  }

  /** Whether the store takes a write now: a replica, or a full one, answers and is of no use. */
  async takesWrites(key: string): Promise<boolean> {
    return this.ask(() => this.client.set(key, "1", "EX", 60)).then(
      () => true,
      () => false,
    );
  }

  /** For good. Does not wait for answers that are under way. */
  close(): void {
    this.#state = "closed";
    this.client.disconnect();
  }

  /** One line a change: the attempts of an hour without the store would drown the rest. */
  #is(state: "up" | "down", reason?: string): void {
    if (state === this.#state || this.#state === "closed") return;
    this.#state = state;
    if (state === "up") this.#log.info("rate limits are counted in the shared store");
    else this.#log.warn({ reason }, "the store of the rate limits is lost: this replica counts for itself");
  }
}

/** What may be told of an error of the client. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return (error.message || code || error.name).slice(0, 200);
}
