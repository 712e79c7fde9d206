import { Readable } from "node:stream";
import { type PendingObject, type PrunableStore, StoreError, type UnfinishedUpload } from "../storage/object-store.ts";

/** An object store in memory, as strict as the real one: nothing before commit, nothing overwritten. */
export class MemoryStore implements PrunableStore {
  readonly name: string = "memory";
  readonly objects = new Map<string, Buffer>();
  /** When each object was written, by this store's clock. */
  readonly modified = new Map<string, Date>();
  /** Objects that a lock keeps, and until when. */
  readonly locks = new Map<string, Date>();
  /** Keys of uploads that were neither committed nor aborted. */
  readonly pending = new Map<string, Date>();
  /** Keys of uploads that were given up. */
  readonly aborted: string[] = [];

  /** The store's clock; tests set it. */
  now: () => Date = () => new Date();
  /** Tests give it an end. */
  freeBytes: (() => Promise<number>) | undefined;

  async reach(): Promise<void> {}

  async clock(): Promise<Date> {
    return this.now();
  }

  async lockedUntil(key: string): Promise<Date | undefined> {
    return this.locks.get(key);
  }

  async remove(key: string): Promise<"removed" | "retained"> {
    const locked = this.locks.get(key);
    if (locked !== undefined && locked > this.now()) return "retained";
    this.objects.delete(key);
    this.modified.delete(key);
    return "removed";
  }

  async *unfinished(prefix: string): AsyncIterable<UnfinishedUpload> {
    for (const [key, begun] of [...this.pending])
      if (key.startsWith(prefix))
        yield {
          key,
          begun,
          abort: async () => {
            if (this.pending.delete(key)) this.aborted.push(key);
          },
        };
  }

  async open(key: string): Promise<PendingObject> {
    const chunks: Buffer[] = [];
    this.pending.set(key, this.now());
    return {
      write: async (chunk) => {
        if (!this.pending.has(key)) throw new StoreError("failed", `${key} is not open`);
        chunks.push(Buffer.from(chunk));
      },
      commit: async () => {
        if (!this.pending.has(key)) throw new StoreError("failed", `${key} is not open`);
        await this.putNew(key, Buffer.concat(chunks));
        this.pending.delete(key);
      },
      abort: async () => {
        if (this.pending.delete(key)) this.aborted.push(key);
      },
    };
  }

  async putNew(key: string, body: Buffer): Promise<void> {
    if (this.objects.has(key)) throw new StoreError("exists", `${key} exists`);
    this.objects.set(key, Buffer.from(body));
    this.modified.set(key, this.now());
  }

  async size(key: string): Promise<number | undefined> {
    return this.objects.get(key)?.length;
  }

  async read(key: string): Promise<Readable> {
    const body = this.objects.get(key);
    if (!body) throw new StoreError("not-found", `no ${key}`);
    const pieces = Array.from({ length: Math.ceil(body.length / 65_536) }, (_, at) =>
      body.subarray(at * 65_536, (at + 1) * 65_536),
    );
    return Readable.from(pieces);
  }

  async *list(prefix: string) {
    for (const [key, { length }] of this.objects)
      if (key.startsWith(prefix)) yield { key, bytes: length, modified: this.modified.get(key) ?? new Date(0) };
  }

  /** Keys by their last name, as in ["database.dump", "manifest.json"]. */
  names(): string[] {
    return [...this.objects.keys()].map((key) => key.split("/").at(-1) ?? "").sort();
  }
}
