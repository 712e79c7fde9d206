import type { PendingObject, PrunableStore } from "../storage/object-store.ts";

/** Where a call is in a run: "open", "write", "commit", … */
export type Call =
  | "reach"
  | "clock"
  | "freeBytes"
  | "open"
  | "write"
  | "commit"
  | "abort"
  | "putNew"
  | "size"
  | "read"
  | "list"
  | "lockedUntil"
  | "remove"
  | "unfinished"
  | "abort unfinished";

export interface Fault {
  /** Position among the calls of the run, from 0. */
  readonly at: number;
  readonly error: Error;
  /** Thrown when the store has done it: the answer got lost. @default false */
  readonly after?: boolean;
}

/** Wraps a store: notes every call, may hold one up, and lets the one at a position fail. */
export class FaultyStore implements PrunableStore {
  readonly name: string;
  readonly calls: Call[] = [];
  hit = false;
  /** Awaited at each call before it is passed on. */
  before: (call: Call, index: number) => Promise<void> | void = () => undefined;
  /** There only where the inner store has it. */
  readonly freeBytes: (() => Promise<number>) | undefined;
  readonly #inner: PrunableStore;
  readonly #fault: Fault | undefined;

  constructor(inner: PrunableStore, fault?: Fault) {
    this.name = inner.name;
    this.#inner = inner;
    this.#fault = fault;
    const { freeBytes } = inner;
    this.freeBytes = freeBytes && (() => this.#pass("freeBytes", freeBytes));
  }

  async #pass<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const index = this.calls.push(call) - 1;
    await this.before(call, index);
    if (this.#fault?.at !== index) return run();
    this.hit = true;
    if (this.#fault.after) await run();
    throw this.#fault.error;
  }

  reach = () => this.#pass("reach", () => this.#inner.reach());
  putNew = (key: string, body: Buffer) => this.#pass("putNew", () => this.#inner.putNew(key, body));
  size = (key: string) => this.#pass("size", () => this.#inner.size(key));
  clock = () => this.#pass("clock", () => this.#inner.clock());
  lockedUntil = (key: string) => this.#pass("lockedUntil", () => this.#inner.lockedUntil(key));
  remove = (key: string) => this.#pass("remove", () => this.#inner.remove(key));
  read = (key: string) => this.#pass("read", () => this.#inner.read(key));

  async open(key: string): Promise<PendingObject> {
    const pending = await this.#pass("open", () => this.#inner.open(key));
    return {
      write: (chunk) => this.#pass("write", () => pending.write(chunk)),
      commit: () => this.#pass("commit", () => pending.commit()),
      abort: () => this.#pass("abort", () => pending.abort()),
    };
  }

  async *list(prefix: string) {
    await this.#pass("list", async () => undefined);
    yield* this.#inner.list(prefix);
  }

  async *unfinished(prefix: string) {
    await this.#pass("unfinished", async () => undefined);
    for await (const upload of this.#inner.unfinished(prefix))
      yield { ...upload, abort: () => this.#pass("abort unfinished", () => upload.abort()) };
  }
}
