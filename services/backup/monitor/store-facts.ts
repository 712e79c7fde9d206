import { statfs } from "node:fs/promises";
import type { Complete } from "../catalogue/catalogue.ts";
import { keyOf, root } from "../catalogue/keys.ts";
import { type PrunableStore, StoreError } from "../storage/object-store.ts";
import type { StoreFacts } from "./facts.ts";
import type { WatchedStore } from "./watched-stores.ts";

/** No backup takes longer: what is unfinished and older was left behind. */
const leftBehindMs = 24 * 3_600_000;

/** Counting further tells nobody more. */
const mostCounted = 1000;

/** Asks one store. Whatever it answers to the first question counts: a store that does not answer is a fact, not an error. */
export async function storeFacts(
  { store, folder }: WatchedStore,
  backups: readonly Complete[],
  now: () => Date,
  signal: AbortSignal,
): Promise<StoreFacts> {
  const base = { name: store.name, locks: folder === undefined };
  try {
    await store.reach();
    const asked = now();
    const clock = await store.clock();
    // The answer was made somewhere between question and arrival.
    const middle = (asked.getTime() + now().getTime()) / 2;
    return {
      ...base,
      problem: undefined,
      skewSeconds: (clock.getTime() - middle) / 1000,
      newest: await Promise.all(backups.map((backup) => lookAt(store, backup))),
      freeBytes: folder === undefined ? undefined : await freeBytes(folder),
      unfinished: await countLeftBehind(store, clock),
    };
  } catch (error) {
    signal.throwIfAborted();
    const problem = error instanceof Error ? error.message : String(error);
    return { ...base, problem, skewSeconds: undefined, newest: [], freeBytes: undefined, unfinished: undefined };
  }
}

/**
 * The manifest is written last, so where it is, the rest was; whether the dump still is, and whole, each store is asked. It is what
 * a thief of keys would delete, so its lock counts.
 */
async function lookAt(store: PrunableStore, backup: Complete): Promise<StoreFacts["newest"][number]> {
  const sizes = await Promise.all([store.size(keyOf(backup, "manifest")), store.size(keyOf(backup, "dump"))]);
  const present = sizes[0] !== undefined && sizes[1] === backup.manifest.dump.bytes;
  const lockedUntil = present ? await store.lockedUntil(keyOf(backup, "dump")) : undefined;
  return { database: backup.database, id: backup.id, present, lockedUntil };
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Undefined where we may not ask: reading backups does not take the right to list uploads. */
async function countLeftBehind(store: PrunableStore, clock: Date): Promise<number | undefined> {
  let count = 0;
  try {
    for await (const { begun } of store.unfinished(root)) {
      if (clock.getTime() - begun.getTime() > leftBehindMs) count++;
      if (count === mostCounted) break;
    }
  } catch (error) {
    if (error instanceof StoreError && error.fault === "denied") return undefined;
    throw error;
  }
  return count;
}
