import type { Readable } from "node:stream";

/** What the backup program needs of a store (S3 or a folder), and nothing more. Every call fails with a `StoreError`. */
export interface ObjectStore {
  /** For people: `s3://bucket` or the folder's path. */
  readonly name: string;
  /** Fails when the store does not answer or may not be used. */
  reach(): Promise<void>;
  /** Begins an object of unknown length. Nothing is visible under `key` before its `commit()`. */
  open(key: string): Promise<PendingObject>;
  /** Writes a small object whole, never over an existing one. */
  putNew(key: string, body: Buffer): Promise<void>;
  /** Size in bytes, or undefined when there is no such object. */
  size(key: string): Promise<number | undefined>;
  read(key: string): Promise<Readable>;
  /** Every object under a prefix, however many. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Until when the store itself refuses to delete an object; undefined when it does not say. */
  lockedUntil(key: string): Promise<Date | undefined>;
  /** The store's clock, asked of the store. */
  clock(): Promise<Date>;
  /** What it can still take, where that can be known: a folder's disk has an end, S3 does not tell of one. */
  readonly freeBytes?: (() => Promise<number>) | undefined;
}

/** What pruning needs beyond that, with rights of its own: who writes backups cannot delete them. */
export interface PrunableStore extends ObjectStore {
  /**
   * Removes an object for good, with every version of it. `retained` when a lock or a legal hold keeps it: an expected answer,
   * not an error. Gone already counts as removed.
   */
  remove(key: string): Promise<"removed" | "retained">;
  /** Uploads that were begun and neither finished nor given up. */
  unfinished(prefix: string): AsyncIterable<UnfinishedUpload>;
}

export interface UnfinishedUpload {
  readonly key: string;
  readonly begun: Date;
  abort(): Promise<void>;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** By the store's clock. */
  readonly modified: Date;
}

/**
 * An object that is being written. The end of the data is not success: only `commit()` makes the object exist, so a
 * writer that dies leaves nothing behind that could be taken for a backup.
 */
export interface PendingObject {
  /** Resolves when more may come: a slow store slows its writer down, memory stays bounded. The chunk is copied. */
  write(chunk: Buffer): Promise<void>;
  /** Makes the object exist, whole, unless its key is taken. */
  commit(): Promise<void>;
  /** Gives up; safe after any failure and after a failed commit. */
  abort(): Promise<void>;
}

export type StoreFault = "unreachable" | "denied" | "no-bucket" | "not-found" | "exists" | "full" | "failed";

/** What a store did wrong, in one word for programs and one sentence for people. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
