import { GoliveError } from "@golive/errors/golive-error.ts";
import { NeedMore, NotReadable, readToc, type Toc } from "../restore/toc.ts";

/** Longer heads are not looked into: a million tables need less. */
const longest = 256 * 1024 ** 2;

/**
 * Reads the head of an archive while it passes. pg_dump writes it when it holds its locks and knows all definitions, and before
 * the first row: from then on the dump's list of tables and the state of its sequences are known, whatever happens meanwhile.
 */
export class ArchiveHead {
  /** Undefined for an archive of a format that is not known here. Never settles when the stream breaks off. */
  readonly toc: Promise<Toc | undefined>;
  #chunks: Buffer[] | undefined = [];
  #bytes = 0;
  /** Tried again when twice as much is there: the work stays linear. */
  #nextTry = 0;
  #settle: (toc: Toc | undefined) => void = () => undefined;

  constructor() {
    this.toc = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  add(chunk: Buffer): void {
    if (this.#chunks === undefined) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= this.#nextTry) this.#try();
  }

  /** All of the archive has passed, and pg_dump ended well. @throws BACKUP_FAILED when that cannot be, as its head is not whole. */
  end(): void {
    if (this.#chunks !== undefined) this.#try();
    if (this.#chunks !== undefined)
      throw new GoliveError(
        "BACKUP_FAILED",
        `pg_dump ended well after ${this.#bytes} bytes that are no whole archive`,
        "Check that PG_BIN names a real pg_dump.",
      );
  }

  #try(): void {
    const bytes = Buffer.concat(this.#chunks ?? [], this.#bytes);
    this.#chunks = [bytes];
    this.#nextTry = this.#bytes * 2;
    try {
      this.#done(readToc(bytes));
    } catch (error) {
      if (error instanceof NotReadable || (error instanceof NeedMore && this.#bytes > longest)) this.#done(undefined);
      else if (!(error instanceof NeedMore)) throw error;
    }
  }

  #done(toc: Toc | undefined): void {
    this.#chunks = undefined;
    this.#settle(toc);
  }
}
