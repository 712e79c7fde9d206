import { NeedMore, NotReadable, readToc, type Toc } from "./toc.ts";

/** Kinds of blocks after the head: rows of one table, or large objects. */
const block = { rows: 1, largeObjects: 3 } as const;
/** Flags before an offset in the head: a dump into a pipe cannot go back and fill the offsets in. */
const flag = { notSet: 1, set: 2 } as const;
/** Tries to read the head again when this much, and then twice as much, has come. */
const firstTry = 64 * 1024;

/** What is to be written over the head of the file, so that it says where each table's rows begin. */
export interface Patch {
  readonly at: number;
  readonly bytes: Buffer;
}

type State = "head" | "blind" | "kind" | "id" | "object" | "length";

/**
 * Watches an archive go by and notes where each table's rows begin. pg_dump writes these places into the head of a file, but a dump
 * into a pipe has none, and then every worker of `pg_restore --jobs` looks for its table by reading through the archive, and none
 * knows which table is the largest. Whatever is not as expected turns the watching off; the archive is restored all the same.
 */
export class BlockIndex {
  /** Undefined until the head has gone by, and for good when it could not be read. */
  toc: Toc | undefined;
  readonly #found = new Map<number, number>();
  #state: State = "head";
  #head: Buffer[] = [];
  #headBytes = 0;
  #nextTry = firstTry;
  /** Bytes that are gone by. */
  #at = 0;
  #skip = 0;
  #partial: Buffer = Buffer.alloc(0);
  #inLargeObjects = false;
  #blockAt = 0;

  push(chunk: Buffer): void {
    if (this.#state === "blind") return;
    if (this.#state !== "head") this.#walk(chunk);
    else {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
      if (this.#headBytes >= this.#nextTry) this.#readHead();
    }
  }

  /** After the last chunk. @returns what to write into the file; nothing when the places are known or cannot be. */
  end(): readonly Patch[] {
    if (this.#state === "head") this.#readHead();
    const { toc } = this;
    if (toc === undefined || this.#state !== "kind" || this.#partial.length > 0 || this.#skip > 0) return [];
    const byId = new Map(toc.entries.map((entry) => [entry.dumpId, entry]));
    const patches: Patch[] = [];
    for (const [dumpId, at] of this.#found) {
      const entry = byId.get(dumpId);
      if (entry === undefined) return [];
      if (entry.offsetFlag !== flag.notSet) continue;
      const bytes = Buffer.alloc(1 + toc.offsetBytes);
      bytes[0] = flag.set;
      bytes.writeUIntLE(at, 1, Math.min(toc.offsetBytes, 6));
      patches.push({ at: entry.offsetAt, bytes });
    }
    return patches;
  }

  #readHead(): void {
    const head = Buffer.concat(this.#head);
    try {
      this.toc = readToc(head);
    } catch (error) {
      if (error instanceof NeedMore) {
        this.#head = [head];
        this.#nextTry = head.length * 2;
        return;
      }
      if (!(error instanceof NotReadable)) throw error;
      this.#state = "blind";
      this.#head = [];
      return;
    }
    this.#head = [];
    this.#state = "kind";
    this.#at = this.toc.bytes;
    this.#walk(head.subarray(this.toc.bytes));
  }

  #walk(chunk: Buffer): void {
    const intBytes = this.toc?.intBytes ?? 4;
    let here = 0;
    while (here < chunk.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - here);
        this.#skip -= step;
        here += step;
        this.#at += step;
        continue;
      }
      const wanted = this.#state === "kind" ? 1 : 1 + intBytes;
      let [field, start] = [chunk, here];
      if (this.#partial.length > 0 || chunk.length - here < wanted) {
        const step = Math.min(wanted - this.#partial.length, chunk.length - here);
        this.#partial = Buffer.concat([this.#partial, chunk.subarray(here, here + step)]);
        here += step;
        this.#at += step;
        if (this.#partial.length < wanted) return;
        [field, start] = [this.#partial, 0];
        this.#partial = Buffer.alloc(0);
      } else {
        here += wanted;
        this.#at += wanted;
      }
      if (!this.#step(field, start, intBytes)) {
        this.#state = "blind";
        return;
      }
    }
  }

  /** One field of the archive's body. @returns false when it is not what can stand there. */
  #step(field: Buffer, start: number, intBytes: number): boolean {
    if (this.#state === "kind") {
      const kind = field[start];
      if (kind !== block.rows && kind !== block.largeObjects) return false;
      this.#inLargeObjects = kind === block.largeObjects;
      this.#blockAt = this.#at - 1;
      this.#state = "id";
      return true;
    }
    const value = field.readUIntLE(start + 1, intBytes);
    if (field[start] !== 0) return false;
    if (this.#state === "id") {
      if (this.#found.has(value)) return false;
      this.#found.set(value, this.#blockAt);
      this.#state = this.#inLargeObjects ? "object" : "length";
    } else if (this.#state === "object") this.#state = value === 0 ? "kind" : "length";
    else if (value > 0) this.#skip = value;
    else this.#state = this.#inLargeObjects ? "object" : "kind";
    return true;
  }
}
