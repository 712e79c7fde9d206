import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Report } from "../progress.ts";
import { type ObjectStore, type PendingObject, StoreError } from "../storage/object-store.ts";

interface Destination {
  readonly store: ObjectStore;
  /** Why it gets no backup any more. */
  failure: Error | undefined;
}

/** An object on its way into every destination that still works. */
export interface Upload {
  write(chunk: Buffer): Promise<void>;
  commit(): Promise<void>;
  /** Never throws: an upload is given up because of an error that counts more. */
  abort(): Promise<void>;
}

/**
 * Where a run writes to. One that fails drops out, and the others get their backup all the same; when none is left, the run fails.
 */
export class Destinations {
  readonly #all: readonly Destination[];
  readonly #report: Report;
  readonly #signal: AbortSignal;

  constructor(stores: readonly ObjectStore[], { report, signal }: { report: Report; signal: AbortSignal }) {
    if (stores.length === 0) throw new GoliveError("CONFIG_INVALID", "no store is named", "Set BACKUP_STORES.");
    this.#all = stores.map((store) => ({ store, failure: undefined }));
    this.#report = report;
    this.#signal = signal;
  }

  /** Whether any is left. */
  get working(): boolean {
    return this.#working().length > 0;
  }

  #working(): Destination[] {
    return this.#all.filter(({ failure }) => failure === undefined);
  }

  /** Does the same with each at once; the results of those that could. @throws when none could. */
  async each<T>(work: (store: ObjectStore) => Promise<T>): Promise<T[]> {
    return this.#each(this.#working(), ({ store }) => work(store));
  }

  async #each<T>(some: readonly Destination[], work: (one: Destination) => Promise<T>): Promise<T[]> {
    const results = await Promise.all(
      some.map(async (one) => {
        try {
          return [await work(one)] as const;
        } catch (error) {
          this.#fail(one, error as Error);
          return [];
        }
      }),
    );
    if (this.#working().length === 0) throw this.#noneLeft();
    return results.flat() as T[];
  }

  #fail(one: Destination, error: Error): void {
    // Whatever broke after an interrupt was broken by it.
    this.#signal.throwIfAborted();
    one.failure = error;
    if (this.#all.length > 1) this.#report(`warning: ${one.store.name} gets no backup: ${error.message}`);
  }

  #noneLeft(): Error {
    const [only, ...more] = this.#all;
    if (more.length === 0 && only?.failure) return only.failure;
    return new GoliveError(
      "BACKUP_FAILED",
      `no store has the backup: ${this.#failures()}`,
      "Cure the stores, then run the same command again.",
      { cause: only?.failure },
    );
  }

  #failures(): string {
    return this.#all.flatMap(({ store, failure }) => (failure ? [`${store.name}: ${failure.message}`] : [])).join("; ");
  }

  /** @throws BACKUP_FAILED when one of them dropped out on the way. */
  assertComplete(what: string): void {
    const working = this.#working();
    if (working.length === this.#all.length) return;
    throw new GoliveError(
      "BACKUP_FAILED",
      `${what} is in ${working.map(({ store }) => store.name).join(" and ")}, but not in ${this.#failures()}`,
      "The backup that is there counts. Cure the other store, then run the same command again.",
      { cause: this.#all.find(({ failure }) => failure)?.failure },
    );
  }

  async open(key: string): Promise<Upload> {
    const pending = new Map<Destination, PendingObject>();
    const working = () => [...pending].filter(([{ failure }]) => failure === undefined);
    const giveUp = async (one: Destination): Promise<void> => {
      const object = pending.get(one);
      pending.delete(one);
      await object?.abort().catch((error: Error) => {
        this.#report(`warning: parts of ${key} may be left in ${one.store.name}: ${error.message}`);
      });
    };
    const all = async (work: (object: PendingObject, one: Destination) => Promise<void>): Promise<void> => {
      await this.#each(
        working().map(([one]) => one),
        async (one) => {
          try {
            await work(pending.get(one) as PendingObject, one);
          } catch (error) {
            await giveUp(one);
            throw error;
          }
        },
      );
    };
    let bytes = 0;
    const upload: Upload = {
      write: (chunk) => {
        bytes += chunk.length;
        return all((object) => object.write(chunk));
      },
      commit: () =>
        all(async (object, { store }) => {
          await object.commit();
          // Asked of the store, because a server may answer "done" and keep less.
          const stored = await store.size(key);
          if (stored !== bytes)
            throw new StoreError("failed", `${store.name} holds ${stored ?? "no"} bytes of ${key}, ${bytes} were sent`);
        }),
      abort: async () => {
        await Promise.all([...pending.keys()].map(giveUp));
      },
    };
    try {
      await this.#each(this.#working(), async (one) => {
        pending.set(one, await one.store.open(key));
      });
    } catch (error) {
      await upload.abort();
      throw error;
    }
    return upload;
  }
}
